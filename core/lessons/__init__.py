"""The table of lessons: what each experiment asks, draws and claims stands in one record, in a file of its topic."""

from __future__ import annotations

from core.lessons import (
    anb,
    attribution,
    cpc,
    few_labels,
    finetune,
    inside,
    labels,
    pretext,
    representations,
    similarity,
    toybox,
    two_by_two,
    views,
    why,
    wild,
    zeiler,
)
from core.lessons.lesson import Lesson

LESSONS = {
    "anb": anb.ANB,
    "attribution_league": attribution.LEAGUE,
    "body_rate": finetune.BODY_RATE,
    "coadaptation": anb.COADAPTATION,
    "collapse": representations.COLLAPSE,
    "correspondence": zeiler.CORRESPONDENCE,
    "cpc": cpc.CPC,
    "cpc_bound": cpc.CPC_BOUND,
    "cpc_details": cpc.CPC_DETAILS,
    "definitions": why.DEFINITIONS,
    "details": representations.DETAILS,
    "evolution": zeiler.EVOLUTION,
    "few_labels": few_labels.FEW_LABELS,
    "finetune": finetune.FINETUNE,
    "generic_specific": similarity.GENERIC_SPECIFIC,
    "hierarchy": inside.HIERARCHY,
    "infomin_cells": views.INFOMIN_CELLS,
    "infomin_photographs": views.INFOMIN_PHOTOGRAPHS,
    "invariance": zeiler.INVARIANCE,
    "kept_factors": representations.KEPT,
    "label_budget": why.LABEL_BUDGET,
    "label_efficiency": few_labels.LABEL_EFFICIENCY,
    "labelled": labels.LABELLED,
    "pretext": pretext.PRETEXT,
    "pretext_leak": pretext.PRETEXT_LEAK,
    "pretext_stages": pretext.PRETEXT_STAGES,
    "pretext_ranking": pretext.PRETEXT_RANKING,
    "selectivity": inside.SELECTIVITY,
    "shortcuts": toybox.SHORTCUTS,
    "ssl": representations.SSL,
    "stage_ablation": zeiler.STAGE_ABLATION,
    "train": finetune.TRAIN,
    "two_by_two": two_by_two.TWO_BY_TWO,
    "wild": wild.WILD,
}


def lesson_of(experiment: str) -> Lesson:
    """The record of an experiment, by its name; one that has none draws the metrics that it declares."""
    return LESSONS.get(experiment) or Lesson(experiment)
