"""What does a unit care about? One factor of a toybox scene is drawn anew, all others stay: how much does its answer
change? The share is Sobol's total effect index, by Jansen's estimate (Saltelli et al., doi:10.1016/j.cpc.2009.09.018).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator
from typing import Annotated, Any

from core.experiments.looked_at import Weights, opened
from core.runs.settings import Help, Range
from core.runs.spec import Course, Progress, experiment
from core.worlds.toybox import fingerprint
from core.worlds.toybox.factors import FACTORS

TURNS = 200  # bootstrap samples of the scenes
AT_ONCE = 64  # scenes
DEAD = 1e-8  # variance of a channel that is always the same


@dataclasses.dataclass(frozen=True)
class Selectivity(Weights):
    scenes: Annotated[int, Range(8, 10_000), Help("how many scenes, of each of which every factor is changed")] = 128


@experiment(Selectivity, version=1, data=lambda settings: fingerprint("toybox"))
def selectivity(settings: Selectivity) -> Course:
    """A row a channel of every stage: of each factor its share of the variance of the channel's strongest answer, alone
    and together with others, so that shares may add up to more than 1; none of a channel that is always the same. The
    summary has `factors[factor][stage]`: mean over channels with a 95 % interval over the scenes.
    """
    network = yield from opened(settings)
    plain = yield from answers(network, settings.scenes, None, 0)
    variance = {stage: given.var(0) for stage, given in plain.items()}
    alive = {stage: spread > DEAD for stage, spread in variance.items()}
    shares: dict[str, dict[str, Any]] = {stage: {} for stage in plain}  # (scenes, channels) of each factor
    for k, factor in enumerate(FACTORS):
        changed = yield from answers(network, settings.scenes, factor, k + 1)
        for stage, given in plain.items():
            effect = (given - changed[stage]).pow(2) / 2 / variance[stage]
            shares[stage][factor] = effect[:, alive[stage]]
    for stage, by_factor in shares.items():
        channels = alive[stage].nonzero().flatten().tolist()
        for values in zip(channels, *(share.mean(0).tolist() for share in by_factor.values()), strict=True):
            row = dict(zip(("channel", *FACTORS), (round(value, 3) for value in values), strict=True))
            yield {"split": "unit", "stage": stage, **row}
    return {"stages": list(network.names), **compared(shares)}


def compared(shares: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """`factors[factor][stage]`; `deeper`: how much more the last stage below the class scores answers to the class than
    the first; `fades`: how much less to the other factors, their mean. With the bootstrap's 95 % intervals.
    """
    import torch

    by_scene = {factor: {stage: of[factor].mean(1) for stage, of in shares.items()} for factor in FACTORS}
    first, *_, last, _ = shares
    n = len(by_scene["class"][first])
    turns = torch.randint(n, (TURNS, n), generator=torch.Generator().manual_seed(0))

    def interval(values: Any) -> dict[str, float]:
        low, high = torch.quantile(values[turns].mean(1), torch.tensor([0.025, 0.975])).tolist()
        return {"mean": float(values.mean()), "low": low, "high": high}

    factors = {f: {stage: interval(values) for stage, values in of.items()} for f, of in by_scene.items()}
    gain, *others = (of[last] - of[first] for of in by_scene.values())
    return {"factors": factors, "deeper": interval(gain), "fades": interval(-sum(others) / len(others))}


def answers(network: Any, n: int, changed: str | None, turn: int) -> Generator[Progress, None, dict[str, Any]]:
    """stage → (n, channels): the strongest answers to n scenes, in which the factor `changed` is drawn anew."""
    import numpy as np
    import torch

    from core.learning.precision import evaluating
    from core.lenses.units import strongest
    from core.models.staged import activations
    from core.worlds.toybox.render import render
    from core.worlds.toybox.scenes import scenes
    from core.worlds.toybox.world import LARGEST, enlarged

    size = network.preprocessing.size
    made = scenes([with_other(number, changed) for number in range(n)])
    parts = []
    for start in range(0, n, AT_ONCE):
        small = render(made[start : start + AT_ONCE], min(size, LARGEST))
        pictures = np.stack([enlarged(picture, size) for picture in small])
        with evaluating(network):
            given = activations(network, network.prepare(pictures), network.names)
        parts.append({stage: strongest(maps).float().cpu() for stage, maps in given.items()})
        done = turn * n + start + len(pictures)
        yield Progress(done, n * (len(FACTORS) + 1), "pictures", 0.1, 1.0)
    return {stage: torch.cat([part[stage] for part in parts]) for stage in network.names}


def with_other(number: int, factor: str | None) -> Any:
    """Scene `number`, which no network was trained on, perhaps with one of its factors from another scene."""
    from core.worlds.toybox.draws import seed
    from core.worlds.toybox.factors import NUMBERED, drawn

    scene, other = (drawn(seed("selectivity", which, number)) for which in ("one", "other"))
    if factor is None:
        return scene
    if factor == "class":
        return dataclasses.replace(scene, toys=other.toys)
    numbers = list(scene.numbers)
    numbers[NUMBERED.index(factor)] = other.number(factor)
    return dataclasses.replace(scene, numbers=tuple(numbers))
