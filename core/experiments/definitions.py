"""The definitions of transfer (`why.definitions`) as three targets of one source network, which learned toybox:a.

Inductive transfer: the same pictures, new labels. Domain adaptation: new pictures, the same labels. And both new, which
is what AnB and fine-tuning from ImageNet do: they fit neither definition.

At each target the same network learns from few labels, from nothing and from the borrowed weights. Its head begins anew
in all of them, so that they differ in one thing. Where the labels are the same, the source network is also asked as it
is, without any label of the target.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.anb import OTHER_TASKS
from core.experiments.evaluate import evaluate
from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.label_budget import check_budgets
from core.experiments.train import train
from core.learning.compare import compare
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import addresses, fingerprint

SOURCE = "toybox:a"
TARGETS = ("labels", "pictures", "both")  # what is new
WAYS = ("scratch", "tuned")
AS_IS = ("pictures", "as is")
STYLES = ("lines", "night", "camera", "flat")


@dataclasses.dataclass(frozen=True)
class Definitions:
    task: Annotated[str, OneOf(OTHER_TASKS), Help("the new labels of the same pictures")] = "room"
    style: Annotated[str, OneOf(STYLES), Help("the look of the new pictures with the same labels")] = "lines"
    labels_per_class: Annotated[int, Range(1, 400), Help("labelled pictures a class of each target")] = 15
    steps: Annotated[int, Range(1, 100_000), Help("updates of the weights, the same for all")] = 300
    size: Annotated[int, Range(16, 128), Help("pixels a side that the network sees")] = 48
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Definitions:
        for address in targets(self).values():
            check_budgets(address, [self.labels_per_class])
        return self


def targets(settings: Definitions) -> dict[str, str]:
    """What is new → the address of the target's world."""
    return {
        "labels": addresses.task(settings.task, SOURCE),
        "pictures": addresses.style(settings.style, SOURCE),
        "both": "toybox:b",
    }


def arms_of(settings: Definitions) -> Iterator[tuple[str, str, int, Spec]]:
    """(target, way, seed, run): first the source network as it is, at home and on the new pictures; then by seeds."""
    donor = Spec.of(train, **{**TOYBOX_DONOR, "data": SOURCE, "size": settings.size})
    worlds = targets(settings)
    for target, address in (("home", SOURCE), ("pictures", worlds["pictures"])):
        yield target, "as is", settings.seed, Spec.of(evaluate, data=address, donor=donor)
    shared: dict[str, Any] = {"size": settings.size, "steps": settings.steps, "augment": "none", "batch_size": 64}
    shared["labels_per_class"] = settings.labels_per_class
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for target, address in worlds.items():
            for way in WAYS:
                own: dict[str, Any] = {"data": address, "donor": donor if way == "tuned" else None}
                yield target, way, seed, Spec.of(train, **shared, **own, seed=seed)


def chances(settings: Definitions) -> dict[str, float]:
    """What a network that knows nothing gets right."""
    from core.worlds import open_world

    return {target: 1 / len(open_world(address).classes) for target, address in targets(settings).items()}


def summarise(settings: Definitions, rows: list[Row]) -> dict:
    """`targets[what is new][way]`: accuracy with its 95 % interval; `gains[what is new]`: fine-tuned above scratch,
    paired over seeds; `adapted`: fine-tuned on the new pictures above the network as it is. Works on some of the rows.
    """
    by = {spec.id: ((target, way), seed) for target, way, seed, spec in arms_of(settings)}
    compared = compare((row for row in rows if row["split"] == "test"), by)
    targets: dict[str, dict[str, Any]] = {}
    for target, way in dict.fromkeys(cell for cell, _ in by.values()):
        if right := compared.accuracy((target, way)):
            targets.setdefault(target, {})[way] = right.as_json()
    gains = {target: compared.gap((target, "tuned"), (target, "scratch")) for target in TARGETS}
    if as_is := compared.tests.get(AS_IS):  # of one seed, and the same for all
        (unadapted,) = as_is.values()
        compared.tests[AS_IS] = dict.fromkeys(compared.tests.get(("pictures", "tuned"), {}), unadapted)
    adapted = compared.gap(("pictures", "tuned"), AS_IS)
    return {
        "targets": targets,
        "gains": {target: gain.as_json() for target, gain in gains.items() if gain},
        "adapted": adapted.as_json() if adapted else None,
        "chance": chances(settings),
    }


@plan(
    Definitions,
    version=1,
    summarise=summarise,
    data=lambda settings: "".join(map(fingerprint, targets(settings).values())),
)
def definitions(settings: Definitions) -> list[Spec]:
    """Three targets of one source network, over seeds."""
    return [spec for *_, spec in arms_of(settings)]
