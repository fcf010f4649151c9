"""Which stages matter? LabNet without some of its stages (Zeiler and Fergus, arXiv:1311.2901, table 3).

Each network learned from scratch without them, on the same pictures, in the same order, for as many steps as the whole
one; stages that both have began with the same weights, where their shapes agree. Beside it, what the paper did not do:
the whole network, trained, and then tested with a stage passed by, where what it takes has the shape of what it gives.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.evaluate import evaluate
from core.experiments.train import train
from core.learning.compare import compare, over_seeds
from core.runs.settings import Help, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

WHOLE = "labnet"
SINGLE = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7")
GROUPS = ("conv3-conv4", "fc6-fc7", "conv3-conv4-fc6-fc7")  # the paper's, which has fc7 alone too
PASSED = ("conv4", "fc7")  # whose shapes agree


@dataclasses.dataclass(frozen=True)
class StageAblation:
    data: Annotated[str, Help("a world of classes")] = "toybox:b"
    labels_per_class: Annotated[int, Range(0, 100_000), Help("labelled pictures a class; 0 takes all")] = 100
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 250
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> StageAblation:
        return dataclasses.replace(self, data=absolute(self.data))


def arms_of(settings: StageAblation) -> Iterator[tuple[tuple[str, str], int, Spec]]:
    """((how, stages), seed, run); how is "whole", "retrained" or "passed"; seed by seed."""
    shared: dict[str, Any] = {name: getattr(settings, name) for name in ("data", "labels_per_class", "steps")}
    shared |= {"batch_size": 64, "head_rate": 3e-3}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        whole = Spec.of(train, **shared, network=WHOLE, seed=seed)
        yield ("whole", ""), seed, Spec.of(evaluate, data=settings.data, donor=whole)
        for out in (*SINGLE, *GROUPS):
            donor = Spec.of(train, **shared, network=f"{WHOLE}-{out}", seed=seed)
            yield ("retrained", out), seed, Spec.of(evaluate, data=settings.data, donor=donor)
        for out in PASSED:
            yield ("passed", out), seed, Spec.of(evaluate, data=settings.data, donor=whole, passed=out)


def summarise(settings: StageAblation, rows: list[Row]) -> dict:
    """`whole` and `errors[how][stages]`: the share of test pictures named wrongly, with its 95 % interval, and `top5`;
    `lost[how][stages]`: how much larger that is than the whole network's, paired over seeds; `worst`: the single stage
    without which it is largest; `together`: how much more all four of the paper's cost than its two pairs by
    themselves. Works on some of the rows.
    """
    compared = compare(rows, {spec.id: (cell, seed) for cell, seed, spec in arms_of(settings)})
    whole, errors, lost = ("whole", ""), dict[str, Any](), dict[str, Any]()
    for cell in dict.fromkeys(cell for cell, *_ in arms_of(settings)):
        if cell in compared.tests and cell != whole:
            errors.setdefault(cell[0], {})[cell[1]] = error(compared, cell)
            if gap := compared.gap(whole, cell):
                lost.setdefault(cell[0], {})[cell[1]] = gap.as_json()
    single = {name: point["mean"] for name, point in errors.get("retrained", {}).items() if name in SINGLE}
    worst = {"worst": max(single, key=lambda name: single[name])} if len(single) == len(SINGLE) else {}
    return {"whole": error(compared, whole), "errors": errors, "lost": lost, **worst, **together(lost)}


def error(compared: Any, cell: tuple[str, str]) -> dict | None:
    """Of an arm; None where there is no test of it yet."""
    right = compared.accuracy(cell)
    if not right:
        return None
    bounds = {"mean": 1 - right.mean, "low": 1 - right.high, "high": 1 - right.low, "seeds": len(right.values)}
    five = [1 - row["top5"] for row in compared.tests[cell].values() if "top5" in row]
    return {**bounds, "top5": over_seeds(five).as_json()} if five else bounds


def together(lost: dict) -> dict:
    """What the paper's four stages cost beyond the sum of its pairs."""
    pairs = [lost.get("retrained", {}).get(name, {}).get("values", []) for name in GROUPS]
    if not pairs[0] or len({len(values) for values in pairs}) > 1:
        return {}
    middle, connected, both = pairs
    return {"together": over_seeds([c - a - b for a, b, c in zip(middle, connected, both, strict=True)]).as_json()}


@plan(StageAblation, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def stage_ablation(settings: StageAblation) -> list[Spec]:
    """The whole network, then without each stage and some groups, retrained or passed by; seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
