"""How few labels, for every encoder (`con.cpc2`): test accuracy against the share of labels, frozen, fine-tuned, from
scratch, and of labels that spread over a graph; and at which share scratch, or fine-tuned, overtakes frozen.

After figure 1 and table 2 of Hénaff et al. 2020, arXiv:1905.09272, at our scale.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from core.experiments.label_budget import crossing
from core.experiments.label_efficiency import (
    FROZEN,
    NAMED,
    PROPAGATION,
    SCRATCH,
    TUNED,
    label_efficiency,
)
from core.learning.compare import Compared, compare
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Row, Spec, plan
from core.worlds import absolute, fingerprint

IMAGENET, IMAGENET_SIZE = "imagenet", 64  # pixels: the fewest that its network takes
WORDS = (*NAMED, IMAGENET)
SPARSE = 3  # shares at which the encoders after the first are tried: the ends and the middle
# Updates at most, up to a share of the labels. Of 300 at 5 % and 400 at 20 % the validation pictures chose 285 and 400
# for scratch: it was not at its best yet.
STEPS = {
    SCRATCH: {1: 150, 5: 600, 10: 700, 20: 800, 50: 1000, 100: 1200},
    TUNED: {1: 150, 5: 600, 10: 600, 20: 700, 50: 800, 100: 1000},
    FROZEN: {100: 600},
    PROPAGATION: {100: 1},
}
# How fast borrowed stages learn on, as a multiple of the new layer's rate, up to a share of the labels. Right on the
# validation pictures with 0.02 and with 0.1: at 1 % 41 and 37 %, at 5 % 70 and 69 % (seed 100), at 100 % 88 (seed 0)
# and 93 % (seed 100).
TUNED_RATES = {2: 0.02, 100: 0.1}
RESAMPLED = 1000  # times, for the interval of a crossing
Cell = tuple[str, str, int]  # how, encoder, share
ANSWERS = (1, 2, 5, 10, 20, 50, 100, "never")


@dataclasses.dataclass(frozen=True)
class FewLabels:
    data: Annotated[str, Help("the pictures")] = "toybox:b"
    shares: Annotated[tuple[int, ...], Range(1, 100), Help("per cent of the labels")] = (1, 5, 10, 20, 100)
    encoders: Annotated[tuple[str, ...], OneOf(WORDS), Help("who is borrowed, the first in every way")] = (
        "simclr", "moco2", "rotation", "autoencoder", IMAGENET
    )  # fmt: skip
    size: Annotated[int, Range(0, 256), Help("pixels a side; 0: as each encoder learned")] = 0
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many: other labels, new weights and order")] = 3

    def canonical(self) -> FewLabels:
        if not self.encoders:
            raise Refused("encoders", "", f"some of {', '.join(WORDS)}.")
        if not self.shares:
            raise Refused("shares", "", "at least one share, from 1 to 100 per cent.")
        shares, encoders = tuple(sorted(set(self.shares))), tuple(dict.fromkeys(self.encoders))
        return dataclasses.replace(self, data=absolute(self.data), shares=shares, encoders=encoders)


def cells(settings: FewLabels) -> Iterator[Cell]:
    """What is measured with each seed: of the first encoder everything; of the others what is frozen at a few shares,
    and what is fine-tuned at the least, where it matters most.
    """
    shares, (first, *others) = settings.shares, settings.encoders
    for how in (SCRATCH, FROZEN, TUNED, PROPAGATION):
        for share in shares:
            yield how, "" if how == SCRATCH else first, share
    some = sorted({shares[round(k * (len(shares) - 1) / (SPARSE - 1))] for k in range(SPARSE)})
    for encoder in others:
        for how, share in [*((FROZEN, share) for share in some), (TUNED, shares[0])]:
            yield how, encoder, share


def arms_of(settings: FewLabels) -> Iterator[tuple[Cell, int, Spec]]:
    """(cell, seed, run): first all seeds of the first encoder, then the others."""
    seeds, mine = range(settings.seed, settings.seed + settings.seeds), settings.encoders[0]
    every = list(cells(settings))
    for part in ([c for c in every if c[1] in ("", mine)], [c for c in every if c[1] not in ("", mine)]):
        for seed in seeds:
            for how, encoder, share in part:
                about: dict[str, Any] = {"data": settings.data, "share": share, "seed": seed, "how": how}
                about |= {"source": encoder or mine, "size": settings.size}
                if encoder == IMAGENET and not settings.size:
                    about["size"] = IMAGENET_SIZE
                about |= {"steps": steps_at(how, share), "body_rate": rate_at(how, share)}
                yield (how, encoder, share), seed, Spec.of(label_efficiency, **about)


def steps_at(how: str, share: int) -> int:
    """Updates of the weights, at most."""
    return next(steps for most, steps in STEPS[how].items() if share <= most)


def rate_at(how: str, share: int) -> float:
    """Of the stages below the new layer, as a multiple of its rate; 0: the way's own."""
    return next(rate for most, rate in TUNED_RATES.items() if share <= most) if how == TUNED else 0.0


def summarise(settings: FewLabels, rows: list[Row]) -> dict[str, Any]:
    """`curves[encoder][how][share]`: accuracy on test pictures, mean over seeds with its 95 % interval, and the `steps`
    that each seed took; scratch is of encoder "". `gains[encoder][how][share]`: above scratch, paired over seeds;
    `ahead[how][share]`: above the first encoder, frozen; `overtakes[how]`: where (`crossed`). Works on some rows.
    """
    first, by = settings.encoders[0], {spec.id: (cell, seed) for cell, seed, spec in arms_of(settings)}
    compared = compare(rows, by)
    table: dict[str, dict[str, Any]] = {"curves": {}, "gains": {}, "ahead": {}}
    for cell in sorted(compared.tests, key=lambda cell: cell[2]):
        (how, encoder, share), point = cell, compared.accuracy(cell)
        assert point
        steps = [row["step"] for _, row in sorted(compared.tests[cell].items())]
        put(table["curves"], (encoder, how, share), {**point.as_json(), "steps": steps})
        if encoder and (gap := compared.gap(cell, (SCRATCH, "", share))):
            put(table["gains"], (encoder, how, share), gap.as_json())
        if encoder in ("", first) and how != FROZEN and (gap := compared.gap(cell, (FROZEN, first, share))):
            put(table["ahead"], (how, share), gap.as_json())
    rivals = {SCRATCH: (SCRATCH, ""), TUNED: (TUNED, first)}
    return {**table, "overtakes": {how: crossed(compared, rival, first) for how, rival in rivals.items()}}


def put(table: dict[str, Any], path: Sequence[Any], value: Any) -> None:
    """Into nested dictionaries, whose keys are words."""
    *above, last = map(str, path)
    for word in above:
        table = table.setdefault(word, {})
    table[last] = value


def crossed(compared: Compared, rival: tuple[str, str], first: str) -> dict[str, Any] | None:
    """At which `share` of the labels a rival (how, encoder) overtakes the frozen first encoder for good: of the mean
    curves, and `low` to `high`, the middle 95 % of what seeds and test pictures, both drawn anew with replacement, say.
    None stands for none within 100 %, which `never`, 0 to 1, of the draws say. Nothing without two shares.
    """
    import numpy as np

    tried = sorted(share for how, of, share in compared.tests if (how, of) == rival)
    both = {share: compared.both((*rival, share), (FROZEN, first, share)) for share in tried}
    shares = [share for share, seeds in both.items() if seeds]
    seeds = sorted(set.intersection(*(set(both[share]) for share in shares))) if len(shares) > 1 else []
    if not seeds:
        return None
    ahead = np.array([
        [hits(compared, (FROZEN, first, share), seed) - hits(compared, (*rival, share), seed) for seed in seeds]
        for share in shares
    ])  # (shares, seeds, pictures)  # fmt: skip
    chance, found = np.random.default_rng(0), []
    for _ in range(RESAMPLED):
        some = ahead[:, chance.integers(len(seeds), size=len(seeds))].mean(1)
        some = some[:, chance.integers(some.shape[1], size=some.shape[1])].mean(1)
        found.append(crossing(shares, some.tolist()) or np.inf)
    low, high = np.quantile(found, [0.025, 0.975], method="nearest").tolist()
    never = float(np.isinf(found).mean())
    bounds = {name: end if math.isfinite(end) else None for name, end in (("low", low), ("high", high))}
    return {"share": crossing(shares, ahead.mean((1, 2)).tolist()), **bounds, "never": never, "seeds": len(seeds)}


def hits(compared: Compared, cell: Cell, seed: int) -> Any:
    """float (N,): 1 where a test picture was named correctly."""
    import numpy as np

    row = compared.tests[cell][seed]
    bits = np.frombuffer(bytes.fromhex(row["right"]), np.uint8)
    return np.unpackbits(bits, count=row["n"]).astype(float)


@plan(FewLabels, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def few_labels(settings: FewLabels) -> list[Spec]:
    """Each way at each share, seed by seed; those of the first encoder before those of the others."""
    return [spec for *_, spec in arms_of(settings)]
