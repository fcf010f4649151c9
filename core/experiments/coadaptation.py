"""Where is the dip? (`anb.random`): the search for co-adaptation, base − BnB, over settings that might show it.

Yosinski et al. 2014, arXiv:1411.1792, froze the lower stages of a network that had learned B, and let the upper ones
learn B anew: in the middle of the network that cost two to three points, and nothing where the copies learned on. Each
row of `TRIED` is an AnB sweep with only the B donor, over the same seeds. Among so many intervals of 95 % a few lie
above zero by chance: what is seen with one set of seeds is to be confirmed with another (`seed=`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments import anb
from core.models.catalog import network_info
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute

MIDDLE = (3, 4, 5, 6)
TRIED: dict[str, tuple[str, dict[str, Any]]] = {
    "standard": ("LabNet, AdamW, 500 steps", {"steps": 500}),
    "longer": ("LabNet, AdamW, 1,500 steps", {"steps": 1500}),
    "few": ("LabNet, 60 labels a class", {"steps": 500, "labels_per_class": 60}),
    "sgd": ("SGD, 1,000 steps", {"optimiser": "sgd"}),
    "sgd_long": ("SGD, 3,000 steps", {"optimiser": "sgd", "steps": 3000}),
    "plain": ("No BatchNorm", {"network": "labnet_plain", "head_rate": 1e-3}),
    "plain_sgd": ("No BatchNorm, SGD", {"network": "labnet_plain", "optimiser": "sgd", "head_rate": 0.02}),
    "plain_fast": (
        "No BatchNorm, fast SGD, 2,000 steps",
        {"network": "labnet_plain", "optimiser": "sgd", "steps": 2000},
    ),
    "narrow": ("Half as wide", {"network": "labnet_narrow"}),
    "narrow_sgd": ("Half as wide, SGD", {"network": "labnet_narrow", "optimiser": "sgd"}),
    "deep": ("Three stages deeper", {"network": "labnet_deep", "frozen_at": (3, 4, 5, 6, 7, 8)}),
    "deep_fast": (
        "Deeper, SGD, twice the rate",
        {"network": "labnet_deep", "optimiser": "sgd", "head_rate": 0.1, "frozen_at": (3, 4, 5, 6, 7, 8)},
    ),
}

# The sweep that shows it: `longer`, with every curve, and seeds that the search had not seen.
SHOWN: dict[str, Any] = {
    "preset": "standard",
    "steps": 1500,
    "labels_per_class": 400,
    "frozen_at": (1, 2, 3, 4, 5, 6, 7),
    "tuned_at": (4,),
    "seed": 5,
    "seeds": 10,
}


@dataclasses.dataclass(frozen=True)
class Coadaptation:
    data: Annotated[str, Help("a world of at least four classes")] = "toybox"
    tried: Annotated[tuple[str, ...], OneOf(tuple(TRIED)), Help("settings; nothing: all")] = ()
    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures of B a class; 0 takes all")] = 400
    steps: Annotated[int, Range(0, 100_000), Help("of each training; 0: those of the setting")] = 0
    size: Annotated[int, Range(0, 256), Help("pixels a side that the network sees; 0 is the network's own")] = 0
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 5

    def canonical(self) -> Coadaptation:
        chosen = tuple(name for name in TRIED if name in (self.tried or TRIED))
        settings = dataclasses.replace(self, tried=chosen, data=absolute(self.data))
        for _ in sweeps(settings):  # what any of them refuses
            pass
        return settings


def sweeps(settings: Coadaptation) -> Iterator[tuple[str, anb.Anb]]:
    """(name, sweep) of each setting that is tried."""
    shared = {name: getattr(settings, name) for name in ("data", "size", "seed", "seeds")}
    shared |= {"preset": "standard", "donors": "B", "tuned_at": (0,)}
    usual = {"labels_per_class": settings.labels_per_class, "steps": 1000, "frozen_at": MIDDLE}
    forced = {"steps": settings.steps} if settings.steps else {}
    for name in settings.tried:
        yield name, Spec.of(anb.anb, **{**shared, **usual, **TRIED[name][1], **forced}).settings


def summarise(settings: Coadaptation, rows: list[Row]) -> dict:
    """`tried[name]`: `words`, `base`, `bnb[n]` and `coadaptation[n]` (base − BnB, paired over seeds), each a mean with
    its 95 % interval, and how many `stages` the network has. Works on the rows of any of the arms.
    """
    tried: dict[str, Any] = {}
    for name, sweep in sweeps(settings):
        own = anb.cells(sweep)
        summary = anb.summarise(sweep, [row for row in rows if row["run"] in own])
        if summary["base"] and "BnB" in summary["curves"]:
            tried[name] = {
                "words": TRIED[name][0],
                "stages": len(network_info(sweep.network).stages),
                "base": summary["base"],
                "bnb": summary["curves"]["BnB"],
                "coadaptation": summary["effects"].get("coadaptation", {}),
            }
    return {"tried": tried}


@plan(
    Coadaptation,
    version=1,
    summarise=summarise,
    data=lambda settings: "".join(anb.pictures_of(sweep) for _, sweep in sweeps(settings)),
)
def coadaptation(settings: Coadaptation) -> list[Spec]:
    """One setting after the other, each with its base and its frozen copies, over the same seeds."""
    seeds = range(settings.seed, settings.seed + settings.seeds)
    return [spec for _, sweep in sweeps(settings) for seed in seeds for _, _, spec in anb.arms_of(sweep, seed)]
