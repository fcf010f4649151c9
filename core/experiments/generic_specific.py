"""Generic to specific (`see.generic-specific`): are early stages alike whatever was learned, and late ones not?

A network that learned one half of the classes is compared, stage by stage, with four others, each other in one thing:
it began from other weights; it also learned the other half; it learned nothing; or it is the same one, fine-tuned.
Early stages of networks that never learned are alike too, so they are asked as well (`untrained`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.anb import DONOR_SEED
from core.experiments.similarity import MOST, similarity
from core.experiments.train import train
from core.learning.compare import over_seeds
from core.models.catalog import network_info
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, addresses, fingerprint

NETWORK = "labnet"
STAGES = network_info(NETWORK).stages[:-1]
MEASURES = ("cka", "procrustes", "chance")
GROUPS = ("seed", "task", "untrained", "tuned")
FIRST, LAST = 0, -1  # of the stages
GAPS = {  # name: the place, (group, stage), that is said to be more alike, and than which
    "early_alike": (("task", FIRST), ("task", LAST)),
    "late_task": (("seed", LAST), ("task", LAST)),
    "learned": (("task", FIRST), ("untrained", FIRST)),
    "tuned_late": (("tuned", FIRST), ("tuned", LAST)),
}


@dataclasses.dataclass(frozen=True)
class GenericSpecific:
    data: Annotated[str, Help("a world of at least four classes: each half is a task")] = "toybox"
    target: Annotated[str, Help("what the network is fine-tuned on")] = "digits"
    untrained: Annotated[
        str, OneOf(("one", "both")), Help("of the pair with a network that never learned, how many did not")
    ] = "one"
    pictures: Annotated[int, Range(10, MOST), Help("how many test pictures all are shown, at most")] = 2000
    steps: Annotated[int, Range(1, 100_000), Help("updates of the weights, of every training")] = 500
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds: other halves, weights and order")] = 3

    def canonical(self) -> GenericSpecific:
        return dataclasses.replace(self, data=absolute(self.data), target=absolute(self.target))


def arms_of(settings: GenericSpecific) -> Iterator[tuple[str, int, Spec]]:
    """(group, seed, run), seed by seed. But for fine-tuning the second network begins from other weights than the
    first: from the same ones two networks stay alike whatever they learn.
    """
    about: dict[str, Any] = {"network": NETWORK, "steps": settings.steps, "batch_size": 64, "augment": "none"}
    looked: dict[str, Any] = {"source": "none", "network": NETWORK, "data": settings.data}
    looked |= {"pictures": settings.pictures}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        a, b = (addresses.half(side, seed, settings.data) for side in "ab")
        again = DONOR_SEED + seed
        first = Spec.of(train, **about, data=a, seed=seed)
        others = {
            "seed": Spec.of(train, **about, data=a, seed=again),
            "task": Spec.of(train, **about, data=b, seed=again),
            "tuned": Spec.of(train, **about, data=settings.target, donor=first, seed=seed),
        }
        for group in GROUPS:
            mine = None if group == "untrained" and settings.untrained == "both" else first
            seeds: dict[str, Any] = {"seed": seed, "other_seed": again}
            yield group, seed, Spec.of(similarity, **looked, **seeds, donor=mine, other_donor=others.get(group))


def summarise(settings: GenericSpecific, rows: list[Row]) -> dict:
    """`groups[group][stage]`: `cka`, `procrustes` and its `chance`, each a mean with its 95 % interval over seeds;
    `gaps[measure]`: those of `GAPS`, paired by seed; `changed_most`: the stage that fine-tuning left least alike, by
    CKA. Works on the rows of any of the arms.
    """
    place = {spec.id: (group, seed) for group, seed, spec in arms_of(settings)}
    found: dict[str, dict[str, dict[int, Row]]] = {group: {} for group in GROUPS}
    for row in rows:
        if row["split"] == "stage":
            group, seed = place[row["run"]]
            found[group].setdefault(row["stage"], {})[seed] = row
    groups = {
        group: {stage: {name: mean(by_seed, name) for name in MEASURES} for stage, by_seed in stages.items()}
        for group, stages in found.items()
        if stages
    }
    tuned = {stage: point["cka"]["mean"] for stage, point in groups.get("tuned", {}).items()}
    return {
        "groups": groups,
        "stages": list(STAGES),
        "gaps": {name: gaps(found, name) for name in ("cka", "procrustes")},
        "changed_most": min(tuned, key=lambda stage: tuned[stage]) if tuned else None,
    }


def mean(by_seed: dict[int, Row], measure: str) -> dict[str, Any]:
    return over_seeds([row[measure] for _, row in sorted(by_seed.items())]).as_json()


def gaps(found: dict[str, dict[str, dict[int, Row]]], measure: str) -> dict[str, dict[str, Any]]:
    """`found[group][stage][seed]`. By how much the one place is more alike than the other; without those that no seed
    has.
    """
    known = {}
    for name, pair in GAPS.items():
        more, less = (found[group].get(STAGES[k], {}) for group, k in pair)
        if seeds := sorted(more.keys() & less.keys()):
            known[name] = over_seeds([more[seed][measure] - less[seed][measure] for seed in seeds]).as_json()
    return known


@plan(GenericSpecific, version=1, summarise=summarise, data=lambda s: fingerprint(s.data) + fingerprint(s.target))
def generic_specific(settings: GenericSpecific) -> list[Spec]:
    """Seed by seed; networks are trained once for all pairs."""
    return [spec for *_, spec in arms_of(settings)]
