"""The questions of the lecture, one file each. Adding one is adding a file and a row of this table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from core.runs.settings import Refused, settings_of
from core.runs.spec import Spec, find
from core.worlds import unambiguous

__all__ = ["EXPERIMENTS", "Spec", "described", "experiment", "unambiguous"]

EXPERIMENTS = {
    "finetune": "core.experiments.finetune:finetune",
    "body_rate": "core.experiments.body_rate:body_rate",
    "anb": "core.experiments.anb:anb",
    "coadaptation": "core.experiments.coadaptation:coadaptation",
    "label_budget": "core.experiments.label_budget:label_budget",
    "label_efficiency": "core.experiments.label_efficiency:label_efficiency",
    "few_labels": "core.experiments.few_labels:few_labels",
    "definitions": "core.experiments.definitions:definitions",
    "evaluate": "core.experiments.evaluate:evaluate",
    "readout": "core.experiments.readout:readout",
    "two_by_two": "core.experiments.two_by_two:two_by_two",
    "train": "core.experiments.train:train",
    "network": "core.experiments.network:network",
    "own_weights": "core.experiments.own_weights:own_weights",
    "predict": "core.experiments.predict:predict",
    "ready": "core.experiments.ready:ready",
    "look_through": "core.experiments.look_through:look_through",
    "pictures": "core.experiments.pictures:pictures",
    "scene": "core.experiments.scene:scene",
    "clip": "core.experiments.clip:clip",
    "pair": "core.experiments.pair:pair",
    "cue": "core.experiments.shortcuts:cue",
    "to_label": "core.experiments.to_label:to_label",
    "labelled": "core.experiments.labelled:labelled",
    "shortcuts": "core.experiments.shortcuts:shortcuts",
    "lens_filters": "core.experiments.lens_filters:lens_filters",
    "lens_maps": "core.experiments.lens_maps:lens_maps",
    "lens_attribution": "core.experiments.lens_attribution:lens_attribution",
    "attribution_scores": "core.experiments.attribution_league:attribution_scores",
    "attribution_league": "core.experiments.attribution_league:attribution_league",
    "lens_units": "core.experiments.lens_units:lens_units",
    "lens_maximise": "core.experiments.lens_maximise:lens_maximise",
    "selectivity": "core.experiments.selectivity:selectivity",
    "ssl": "core.experiments.ssl:ssl",
    "map": "core.experiments.maps:map",
    "sprites": "core.experiments.maps:sprites",
    "placed_on_map": "core.experiments.maps:placed_on_map",
    "decoded": "core.experiments.decoded:decoded",
    "factors": "core.experiments.factors:factors",
    "kept_factors": "core.experiments.factors:kept_factors",
    "cpc": "core.experiments.cpc:cpc",
    "cpc_bound": "core.experiments.cpc_bound:cpc_bound",
    "cpc_details": "core.experiments.cpc_details:cpc_details",
    "collapse": "core.experiments.collapse:collapse",
    "pretext_leak": "core.experiments.pretext_leak:pretext_leak",
    "pretext_stages": "core.experiments.pretext_stages:pretext_stages",
    "pretext_ranking": "core.experiments.pretext_ranking:pretext_ranking",
    "pretext": "core.experiments.pretext:pretext",
    "details": "core.experiments.details:details",
    "wild": "core.experiments.stations:wild",
    "segment": "core.experiments.segment:segment",
    "vessels": "core.experiments.vessels:vessels",
    "detect": "core.experiments.detect:detect",
    "video_parent": "core.experiments.video_parent:video_parent",
    "first_frame": "core.experiments.first_frame:first_frame",
    "one_shot_video": "core.experiments.one_shot_video:one_shot_video",
    "boundaries": "core.experiments.boundaries:boundaries",
    "hierarchy": "core.experiments.hierarchy:hierarchy",
    "invariance": "core.experiments.invariance:invariance",
    "correspondence": "core.experiments.correspondence:correspondence",
    "evolved": "core.experiments.evolution:evolved",
    "evolution": "core.experiments.evolution:evolution",
    "stage_ablation": "core.experiments.stage_ablation:stage_ablation",
    "similarity": "core.experiments.similarity:similarity",
    "generic_specific": "core.experiments.generic_specific:generic_specific",
    "infomin": "core.experiments.infomin:infomin",
    "shared_pairs": "core.experiments.shared_pairs:shared_pairs",
    "infomin_cells": "core.experiments.infomin_cells:infomin_cells",
    "photograph_views": "core.experiments.infomin_photographs:photograph_views",
    "infomin_photographs": "core.experiments.infomin_photographs:infomin_photographs",
}


def experiment(name: str) -> Callable:
    """The marked function of this name; `Refused` lists the names there are."""
    if name not in EXPERIMENTS:
        raise Refused("NAME", name, f"one of {', '.join(EXPERIMENTS)}.")
    return find(EXPERIMENTS[name])


def described(name: str) -> dict[str, Any]:
    """An experiment and its settings as `transferlab list` tells them."""
    function = experiment(name)
    about = function.experiment  # type: ignore[attr-defined]
    settings = [
        {
            "name": setting.name,
            "type": setting.type.__name__,
            "allowed": setting.allowed_words,
            "default": ",".join(map(str, setting.default)) if setting.type is tuple else setting.default,
            "help": setting.help,
        }
        for setting in settings_of(about.settings)
    ]
    lesson = (sys.modules[function.__module__].__doc__ or "").strip().splitlines()[0]
    return {"name": name, "about": lesson, "version": about.version, "settings": settings}
