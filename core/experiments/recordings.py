"""The runs that ship with the project (`assets/recorded`, `recording.py`): donors, and figures too long to wait for."""

from __future__ import annotations

from core.experiments.anb import anb
from core.experiments.attribution_league import attribution_league, donor_of, first_looks, riddle
from core.experiments.body_rate import body_rate
from core.experiments.coadaptation import SHOWN, coadaptation
from core.experiments.collapse import collapse
from core.experiments.correspondence import correspondence
from core.experiments.cpc_bound import cpc_bound
from core.experiments.cpc_details import cpc_details, played
from core.experiments.definitions import definitions
from core.experiments.details import TABLES, details
from core.experiments.encoders import ENCODERS, FOUR, PHOTOGRAPHS, PLANE, encoder, longer, map_of
from core.experiments.evolution import Evolution, evolution
from core.experiments.evolution import arm as evolution_arm
from core.experiments.factors import kept_factors
from core.experiments.few_labels import few_labels
from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.generic_specific import generic_specific
from core.experiments.hierarchy import hierarchy
from core.experiments.infomin_cells import infomin_cells
from core.experiments.infomin_photographs import infomin_photographs
from core.experiments.invariance import invariance
from core.experiments.label_budget import label_budget
from core.experiments.lens_maps import EACH, lens_maps
from core.experiments.lens_maximise import lens_maximise
from core.experiments.lens_units import lens_units
from core.experiments.looked_at import usual
from core.experiments.maps import sprites
from core.experiments.pretext_leak import pretext_leak
from core.experiments.pretext_ranking import pretext_ranking
from core.experiments.pretext_stages import NETWORKS, pretext_stages
from core.experiments.puzzle_runs import puzzler
from core.experiments.selectivity import selectivity
from core.experiments.shortcuts import shortcuts
from core.experiments.stage_ablation import stage_ablation
from core.experiments.stations import BORROWED, SCRATCH, wild
from core.experiments.train import train
from core.experiments.two_by_two import two_by_two
from core.methods.puzzles import ABERRATION, CORNER, GAPLESS, TASKS
from core.models.catalog import network_info
from core.runs.settings import Refused
from core.runs.spec import Spec

PAIR = (BORROWED, SCRATCH)  # arms of a station
SHIPPED = ("faster_rcnn", "cob", "fcn", "driu")  # stations; an arm of the others takes minutes
EIGHT, LITE0 = network_info("labnet").stages, "efficientnet_lite0"


def recordings() -> dict[str, Spec]:
    """name → what is recorded under it."""
    return {
        "toybox_donor": Spec.of(train, **TOYBOX_DONOR),
        "body_rate": Spec.of(body_rate),
        "shortcuts": Spec.of(shortcuts),
        "anb_random": Spec.of(anb, preset="standard"),
        "anb_many_labels": Spec.of(anb, preset="standard", labels_per_class=400),
        "anb_natural": Spec.of(anb, preset="standard", split="natural"),
        "anb_task": Spec.of(anb, preset="standard", split="task"),
        "coadaptation": Spec.of(coadaptation),
        "anb_dip": Spec.of(anb, **SHOWN),
        "label_budget": Spec.of(label_budget),
        "definitions": Spec.of(definitions),
        "two_by_two": Spec.of(two_by_two),
        "anb_untrained": Spec.of(anb, preset="standard", split="untrained"),
        **inside(),
        **representations(),
        **puzzles(),
        **in_the_wild(),
    }


def inside() -> dict[str, Spec]:
    """Those of the chapter that looks inside networks."""
    return {
        "hierarchy": Spec.of(hierarchy),
        **{f"units_{stage}": Spec.of(lens_units, stage=stage) for stage in EIGHT},
        **{f"made_{stage}": Spec.of(lens_maximise, stage=stage, channels=EACH) for stage in EIGHT},
        "selectivity": Spec.of(selectivity),
        "maps": Spec.of(lens_maps),
        **{
            f"units_lite0_{stage}": Spec.of(lens_units, **usual("imagenet", LITE0), stage=stage)
            for stage in network_info(LITE0).stages
        },
        "maps_lite0": Spec.of(lens_maps, source="imagenet", picture="photograph:coffee"),
        "generic_specific": Spec.of(generic_specific),
        "stage_ablation": Spec.of(stage_ablation),
        "invariance": Spec.of(invariance),
        "correspondence": Spec.of(correspondence),
        "evolution": Spec.of(evolution),
        "evolution_patches": evolution_arm(Evolution().canonical(), Evolution().seed),
        "shadow_donor": donor_of("shadow"),
        "attribution_league": Spec.of(attribution_league),
        **{f"looks_{cause}": spec for cause, spec in riddle().items()},
        **{f"first_look_{name}": spec for name, spec in first_looks().items()},
    }


def representations() -> dict[str, Spec]:
    """Those of the chapter on learning without labels."""
    return {
        **{f"encoder_{title}": encoder(**how) for title, how in ENCODERS.items()},
        "encoder_plane": encoder(**PLANE),
        **{f"map_{title}": map_of(title) for title in (*ENCODERS, "Untrained")},
        "sprites": Spec.of(sprites, data="toybox", classes=FOUR),
        "collapse": Spec.of(collapse),
        "kept_factors": Spec.of(kept_factors),
        **{f"longer_{spec.settings.method}": spec for spec in longer("toybox").values()},
        **{f"photographs_{spec.settings.method}": spec for spec in longer(PHOTOGRAPHS).values()},
        **{f"details_{table}": Spec.of(details, table=table) for table in TABLES},
        "infomin_cells": Spec.of(infomin_cells),
        "infomin_photographs": Spec.of(infomin_photographs),
        "cpc_bound": Spec.of(cpc_bound),
        "cpc_details": Spec.of(cpc_details),
        "few_labels": Spec.of(few_labels),
        "cpc_played": played(),
    }


def puzzles() -> dict[str, Spec]:
    """Those of the chapter on pretext tasks."""
    leaks = (("rotation", CORNER), ("relative_position", ABERRATION), ("jigsaw", GAPLESS))
    return {
        **{f"puzzles_{task}": puzzler(task) for task in TASKS},
        "pretext_ranking": Spec.of(pretext_ranking),
        **{f"stages_{network}": Spec.of(pretext_stages, network=network) for network in NETWORKS},
        **{f"leak_{task}_{leak}": Spec.of(pretext_leak, task=task, leak=leak) for task, leak in leaks},
    }


def in_the_wild() -> dict[str, Spec]:
    """Of each station all arms of all seeds, and of the first seed what both arms say, in pictures."""
    plans = {f"wild_{station}": Spec.of(wild, station=station) for station in SHIPPED}
    pairs = {
        f"{name}_{arm}": spec for name, plan in plans.items() for arm, spec in zip(PAIR, plan.arms(), strict=False)
    }
    return plans | pairs


def chosen(names: list[str]) -> dict[str, Spec]:
    every = recordings()
    for name in names:
        if name not in every:
            raise Refused("NAME", name, f"one of {', '.join(every)}.")
    return {name: spec for name, spec in every.items() if not names or name in names}
