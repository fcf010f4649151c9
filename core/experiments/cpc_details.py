"""Details matter (`con.cpc2`): from CPC to its second version in steps, each of one thing, and what a linear probe
reads after each (Hénaff et al. 2020, arXiv:1905.09272, figure 3), at our scale; beside each encoder its random weights.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.cpc import PATCHES, cpc
from core.learning.compare import by_seed, over_seeds, paired
from core.runs.settings import Help, Range
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

V1, NORM, AUG, FOUR, WIDE, LONG = (
    "CPC", "(a) layer norm", "(b) patches changed", "(c) four directions", "(d) wider encoder", "(e) twice as long"
)  # fmt: skip
STAIRS: dict[str, dict[str, Any]] = {  # step → what is changed beside the one before
    V1: {"network": "patch_labresnet"},
    NORM: {"network": "patch_labresnet_layer"},
    AUG: {"patch_augment": "jitter"},
    FOUR: {"directions": 4},
    WIDE: {"network": "patch_labresnet_wide"},
    LONG: {"times": 2},
}
PLAYED = NORM
UNTRAINED = "random weights"
TIMES = "times"  # as many steps


@dataclasses.dataclass(frozen=True)
class Staircase:
    data: Annotated[str, Help("the pictures")] = "few:100:0:toybox:b"
    size: Annotated[int, Range(0, 128), Help("pixels a side; a patch has a quarter of it")] = 64
    steps: Annotated[int, Range(1, 100_000), Help("of each training but the longer one")] = 200
    batch_size: Annotated[int, Range(2, 2048), Help("pictures a step")] = 32
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Staircase:
        return dataclasses.replace(self, data=absolute(self.data))


def stairs() -> Iterator[tuple[str, dict[str, Any]]]:
    """(step, all that is changed by then)"""
    changed: dict[str, Any] = {}
    for name, what in STAIRS.items():
        changed = {**changed, **what}
        yield name, changed


def played() -> Spec:
    """The run whose network answers the questions of the page."""
    return next(spec for name, _, spec in arms_of(Staircase().canonical()) if name == PLAYED)


def untrained(network: str) -> str:
    """What the arm of an encoder as it was drawn is called."""
    return f"{UNTRAINED}, {next(name for name, how in STAIRS.items() if how.get('network') == network)}"


def arms_of(settings: Staircase) -> Iterator[tuple[str, int, Spec]]:
    """(arm, seed, run), seed by seed: each step, and each encoder untrained."""
    shared = {name: getattr(settings, name) for name in ("data", "size", "batch_size")} | {"over": PATCHES}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        about: dict[str, Any] = {**shared, "seed": seed}
        for name, how in stairs():
            own = {key: value for key, value in how.items() if key != TIMES}
            yield name, seed, Spec.of(cpc, **about, **own, steps=how.get(TIMES, 1) * settings.steps)
        for network in dict.fromkeys(how["network"] for _, how in stairs()):
            yield untrained(network), seed, Spec.of(cpc, **about, network=network, steps=0)


def summarise(settings: Staircase, rows: list[Row]) -> dict[str, Any]:
    """`accuracy[arm]`: of the linear probe on test pictures, mean over seeds with its 95 % interval; `right[arm]`: the
    share of the questions on patches; `gained[step]`: points of the probe above the step before, and `ahead[step]`
    above random weights of the same encoder, both paired over seeds; `answer`: the step that gained most, if it gained
    for sure. Works on some of the rows.
    """
    by = {spec.id: (name, seed) for name, seed, spec in arms_of(settings)}
    found = by_seed(rows, by, "accuracy", probe="linear_probe")
    right, names = by_seed(rows, by, "accuracy", split="solved"), list(STAIRS)
    before = dict(zip(names[1:], names, strict=False))
    gains = {name: paired(found.get(name, {}), found.get(last, {})) for name, last in before.items()}
    start = {name: untrained(how["network"]) for name, how in stairs()}
    ahead = {name: paired(found.get(name, {}), found.get(drawn, {})) for name, drawn in start.items()}
    known = {name: gap for name, gap in gains.items() if gap}
    most = max(known, key=lambda name: known[name].mean, default="")
    return {
        "accuracy": {name: over_seeds([*values.values()]).as_json() for name, values in found.items()},
        "right": {name: over_seeds([*values.values()]).as_json() for name, values in right.items()},
        "gained": {name: gap.as_json() for name, gap in known.items()},
        "ahead": {name: gap.as_json() for name, gap in ahead.items() if gap},
        **({"answer": most} if most and known[most].low > 0 else {}),
    }


@plan(Staircase, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def cpc_details(settings: Staircase) -> list[Spec]:
    """Each step, and random weights; seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
