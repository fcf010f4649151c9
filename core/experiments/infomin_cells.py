"""Which views, for which target? Cells of `infomin`: sets of shared factors that grow, some that do not, and random
weights, over seeds; what probes read against how much the views share (Tian et al. 2020, arXiv:2005.10243, figure 1).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from statistics import fmean
from typing import Annotated, Any

from core.experiments.factors import gap, told
from core.experiments.infomin import TARGETS, TOYS, Infomin, infomin
from core.learning.compare import by_seed, over_seeds
from core.runs.settings import Help, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import fingerprint
from core.worlds.toybox.shared import TOGETHER

RANDOM, CLASS = "Random weights", "Class"
OBJECT, VIEW = TOGETHER["object"], TOGETHER["view"]
GROWING: dict[str, tuple[str, ...]] = {  # each shares all that the one before shares, and more
    "Nothing": (),
    "Group": ("group",),
    CLASS: ("class",),
    "Object": OBJECT,
    "+ pose": (*OBJECT, *VIEW),
    "+ light": (*OBJECT, *VIEW, "light"),
    "Everything": TOGETHER["everything"],
}
ALONE: dict[str, tuple[str, ...]] = {"Room": ("background",), "Light": ("light",)}
SETS = GROWING | ALONE
MISSING, SWEET, EXCESS = "missing information", "sweet spot", "excess noise"  # the paper's three regimes
CLAIMED = {  # claim → (what is shared, target) more than (what is shared, target)
    "class_over_group": ((CLASS, "class"), ("Group", "class")),
    "class_over_object": ((CLASS, "class"), ("Object", "class")),
    "random_over_everything": ((RANDOM, "class"), ("Everything", "class")),
}


@dataclasses.dataclass(frozen=True)
class Cells:
    data: Annotated[str, TOYS, Help("toys, of which every factor is known")] = Infomin.data
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = Infomin.steps
    pairs: Annotated[int, Range(2, 20_000), Help("pairs of views to learn from")] = Infomin.pairs
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3


def cell(settings: Cells, name: str, seed: int) -> Spec:
    """The training of one set of shared factors, or random weights."""
    about: dict[str, Any] = {"data": settings.data, "seed": seed}
    if name == RANDOM:
        return Spec.of(infomin, **about, steps=0)
    return Spec.of(infomin, **about, steps=settings.steps, pairs=settings.pairs, shared=SETS[name])


def arms_of(settings: Cells) -> Iterator[tuple[str, int, Spec]]:
    """(name, seed, run), seed by seed."""
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for name in (*SETS, RANDOM):
            yield name, seed, cell(settings, name, seed)


def summarise(settings: Cells, rows: list[Row]) -> dict[str, Any]:
    """`table[name][target]`: what is read, mean over seeds with its 95 % interval; `chance[target]`; `information`, by
    name, with its `ceiling`, log N; `best[target]`: the set that is read best; `elsewhere[target]`: by how much the
    best of the other sets is above sharing the class, and `claims`, paired over seeds; `regimes` of the growing sets,
    for the class. `growing` and `alone` are the names in order. Works on some of the rows.
    """
    by = {spec.id: (name, seed) for name, seed, spec in arms_of(settings)}
    found, read = told(rows, by, TARGETS)
    shared = by_seed(rows, by, "information", split="information")
    others = {target: best_of(cells, CLASS) for target, cells in found.items() if target != "class"}
    apart = {t: (name, point) for t, name in others.items() if name and (point := gap(found, (name, t), (CLASS, t)))}
    return {
        **read,
        "information": {name: over_seeds([*values.values()]).as_json() for name, values in shared.items()},
        "ceiling": max((row["ceiling"] for row in rows if row["split"] == "information"), default=None),
        "best": {target: best for target, cells in found.items() if (best := best_of(cells))},
        "elsewhere": {target: {"name": name, **point} for target, (name, point) in apart.items()},
        "claims": {claim: point for claim, pair in CLAIMED.items() if (point := gap(found, *pair))},
        "regimes": regimes(read["table"], "class"),
        "growing": list(GROWING),
        "alone": list(ALONE),
        "control": RANDOM,
    }


def best_of(cells: Mapping[str, Mapping[int, float]], but: str = "") -> str:
    """The shared set that is read best, on average over seeds; nothing before there is one."""
    there = [name for name in cells if name in SETS and name != but]
    return max(there, key=lambda name: fmean(cells[name].values()), default="")


def regimes(table: Mapping[str, Mapping[str, Any]], target: str) -> dict[str, str]:
    """Growing set → its regime: where the target is read best the sweet spot, information missing before it, excess
    noise behind it. Empty until all are there.
    """
    if not all(target in table.get(name, {}) for name in GROWING):
        return {}
    names = list(GROWING)
    spot = names.index(max(names, key=lambda name: table[name][target]["mean"]))
    return {name: SWEET if k == spot else MISSING if k < spot else EXCESS for k, name in enumerate(names)}


@plan(Cells, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def infomin_cells(settings: Cells) -> list[Spec]:
    """Every set and the random weights, seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
