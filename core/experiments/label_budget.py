"""Why transfer (`why.risk`, `why.small-data`): test error against the number of labels, five ways to learn from them.

From nothing; with random changes of the pictures (augmentation); with weights pulled to zero (regularisation); with
borrowed stages kept frozen; with borrowed stages that learn on. Beside the error on test pictures (an estimate of the
risk) stands that on the pictures trained on (the empirical risk): with few labels the two are far apart.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR, network_for, stage_letters
from core.experiments.sources import RUN, size_of
from core.experiments.train import train
from core.learning.compare import Compared, Estimate, compare, over_seeds
from core.learning.intervals import t_interval
from core.models.catalog import network_info
from core.runs.settings import Help, Later, Matching, OneOf, Range, Refused
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

# Of 0.01, 0.1, 0.3, 1, 3, 6 and 10 the best on the validation pictures, at 15 and 40 labels, 300 steps, two seeds each:
# 0.56 of them are right on average, 0.50 with 6, 0.40 with 3, and 0.35 to 0.37 with 1 or less, as with scratch's 0.001.
# After 600 steps it is 0.67 with 10, 0.49 with 3.
REGULARISED = 10.0
ARMS: dict[str, dict[str, Any]] = {  # each differs from scratch in one thing; frozen and tuned in what may change
    "scratch": {},
    "augmented": {"augment": "crop"},
    "regularised": {"weight_decay": REGULARISED},
    "frozen": {},
    "tuned": {},
}
BORROWING = {"frozen": 5 / 7, "tuned": 0}  # the share of the borrowed stages that is kept as it is


@dataclasses.dataclass(frozen=True)
class LabelBudget:
    data: Annotated[str, Help("what is to be learned")] = "toybox:b"
    budgets: Annotated[tuple[int, ...], Range(1, 99_999), Help("labelled pictures a class")] = (
        1, 5, 15, 40, 100, 200, 400
    )  # fmt: skip
    arms: Annotated[tuple[str, ...], OneOf(tuple(ARMS)), Help("ways to learn")] = tuple(ARMS)
    source: Annotated[
        str, Matching(rf"toybox|{RUN}", "toybox, or run:<id>"), Later(), Help("whose stages are borrowed")
    ] = "toybox"
    steps: Annotated[int, Range(1, 100_000), Help("updates of the weights, the same for all")] = 600
    size: Annotated[int, Range(16, 256), Help("pixels a side; those of the run that lends")] = 48
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> LabelBudget:
        budgets, data = tuple(sorted(set(self.budgets))), absolute(self.data)
        if not budgets:
            raise Refused("budgets", "", "at least one number of labels.")
        if not self.arms:
            raise Refused("arms", "", f"some of {', '.join(ARMS)}.")
        check_budgets(data, budgets)
        arms = tuple(name for name in ARMS if name in self.arms)
        return dataclasses.replace(self, data=data, budgets=budgets, arms=arms, size=size_of(self.source) or self.size)


def check_budgets(data: str, budgets: Sequence[int]) -> None:
    """`Refused`: a budget below 1, or larger than the smallest class can pay."""
    from core.worlds import open_world
    from core.worlds.splits import budget, split

    world = open_world(data)
    train_part = split(world).train
    for count in (budgets[0], budgets[-1]):
        budget(world, train_part, count, 0)


def arms_of(settings: LabelBudget) -> Iterator[tuple[str, int, int, Spec]]:
    """(way, labels a class, seed, run), seed by seed; within one the ends of the curve first."""
    budgets, network = settings.budgets, network_for(settings.source, "auto")
    lent = {name: lending(settings, stage_letters(kept, network)) for name, kept in frozen_of(network).items()}
    order = sorted(budgets, key=lambda count: (count not in (budgets[0], budgets[-1]), count))
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for count in order:
            for name in settings.arms:
                shared: dict[str, Any] = {"data": settings.data, "size": settings.size, "steps": settings.steps}
                shared |= {"labels_per_class": count, "augment": "none", "batch_size": 64, "seed": seed}
                shared |= {"network": network}
                yield name, count, seed, Spec.of(train, **{**shared, **ARMS[name], **lent.get(name, {})})


def frozen_of(network: str) -> dict[str, str]:
    """borrowing way → how many of its stages are kept as they are."""
    body = len(network_info(network).stages) - 1
    return {name: str(round(body * share)) for name, share in BORROWING.items()}


def lending(settings: LabelBudget, stages: str) -> dict[str, Any]:
    """What a borrowing way has besides: the toys' network, trained first, or a run that is there."""
    if settings.source == "toybox":
        return {"stages": stages, "donor": Spec.of(train, **{**TOYBOX_DONOR, "size": settings.size})}
    return {"stages": stages, "source": settings.source}


def summarise(settings: LabelBudget, rows: list[Row]) -> dict:
    """`curves[way][labels]`: `risk` and `empirical`, each an error with its 95 % interval; `overtakes`: at how many
    labels scratch is as good as frozen; `gains` over scratch and `behind` fine-tuned, in accuracy; `gaps[way][labels]`
    between risk and empirical risk, and `closes`: by how much that of scratch is smaller with the most labels than with
    the fewest. Works on the rows of any of the arms.
    """
    by = {spec.id: ((name, count), seed) for name, count, seed, spec in arms_of(settings)}
    risks, empirical = compare(rows, by), compare(rows, by, "empirical")
    curves: dict[str, dict[str, dict]] = {}
    for name, count in sorted(dict.fromkeys([*risks.tests, *empirical.tests]), key=lambda cell: cell[1]):
        point = curves.setdefault(name, {}).setdefault(str(count), {})
        for kind, compared in (("risk", risks), ("empirical", empirical)):
            if right := compared.accuracy((name, count)):
                point[kind] = error_of(right).as_json()
    return {
        "curves": curves,
        "overtakes": overtakes(risks.tests),
        "gains": gains(risks, "scratch"),
        "behind": gains(risks, "tuned"),
        **gaps(risks.tests, empirical.tests),
    }


def error_of(right: Estimate) -> Estimate:
    """1 − accuracy, with its interval."""
    return Estimate(1 - right.mean, 1 - right.high, 1 - right.low, tuple(1 - value for value in right.values))


Tests = Mapping[tuple[str, int], Mapping[int, Mapping[str, Any]]]  # (way, labels) → seed → row


def gains(compared: Compared, against: str) -> dict[str, dict[str, dict[str, Any]]]:
    """`gains[way][labels]`: accuracy above that of another way, paired."""
    result: dict[str, dict[str, dict[str, Any]]] = {}
    for name, count in sorted(compared.tests, key=lambda cell: cell[1]):
        if name != against and (gap := compared.gap((name, count), (against, count))):
            result.setdefault(name, {})[str(count)] = gap.as_json()
    return result


def gaps(risks: Tests, empirical: Tests) -> dict[str, Any]:
    """`gaps[way][labels]`: risk − empirical risk; `closes` compares the two ends of the curve of scratch, seed by seed,
    and is None without them.
    """
    apart: dict[tuple[str, int], dict[int, float]] = {}
    for key in sorted(risks.keys() & empirical.keys(), key=lambda key: (key[1], key[0])):
        mine, theirs = risks[key], empirical[key]
        seeds = sorted(mine.keys() & theirs.keys())
        apart[key] = {seed: theirs[seed]["accuracy"] - mine[seed]["accuracy"] for seed in seeds}
    table: dict[str, dict[str, dict[str, Any]]] = {}
    for (name, count), values in apart.items():
        table.setdefault(name, {})[str(count)] = over_seeds(list(values.values())).as_json()
    ends = [values for (name, _), values in apart.items() if name == "scratch"]
    both = sorted(ends[0].keys() & ends[-1].keys()) if len(ends) > 1 else []
    return {"gaps": table, "closes": over_seeds([ends[0][s] - ends[-1][s] for s in both]).as_json() if both else None}


def overtakes(tests: Tests) -> dict[str, Any] | None:
    """Where the curve of scratch crosses that of frozen, from below, for each seed; None without both.

    `labels` with its interval (of the logarithm, over seeds), where every seed crosses; else `never` says how many do
    not within the budgets.
    """
    counts = sorted(
        {count for name, count in tests if name == "scratch"} & {c for name, c in tests if name == "frozen"}
    )
    if not counts:
        return None
    seeds = set.intersection(*(set(tests[name, count]) for name in ("scratch", "frozen") for count in counts))
    places = [
        crossing(counts, [tests["frozen", c][s]["accuracy"] - tests["scratch", c][s]["accuracy"] for c in counts])
        for s in sorted(seeds)
    ]
    known = [math.log(place) for place in places if place]
    if not places or len(known) < len(places):
        return {"never": len(places) - len(known), "seeds": len(places)}
    mean, low, high = (math.exp(min(value, 20)) for value in t_interval(known))
    return {"labels": mean, "low": low, "high": high, "never": 0, "seeds": len(places)}


def crossing(counts: list[int], ahead: list[float]) -> float | None:
    """Where `ahead` falls below zero for good, between two counts in a straight line over their logarithms."""
    if ahead[-1] > 0:
        return None
    last = max((k for k, value in enumerate(ahead) if value > 0), default=-1)
    if last < 0:
        return float(counts[0])
    share = ahead[last] / (ahead[last] - ahead[last + 1])
    a, b = math.log(counts[last]), math.log(counts[last + 1])
    return math.exp(a + share * (b - a))


@plan(LabelBudget, version=2, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def label_budget(settings: LabelBudget) -> list[Spec]:
    """Every way at every budget, over seeds."""
    return [spec for *_, spec in arms_of(settings)]
