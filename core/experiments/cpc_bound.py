"""How much of what a step tells of the next does InfoNCE find (`con.cpc`)? Its bound against the number it is chosen
among, where the information is known; and how well the latent can be read, which is what one wants of a code (van den
Oord et al. 2018, arXiv:1807.03748; Poole et al. 2019, arXiv:1905.06922).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from core.experiments.cpc import Cpc, cpc
from core.learning.compare import Estimate, over_seeds, paired
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Row, Spec, plan

MANY = (2, 8, 32, 128, 512)
OFFSETS, OF = (1, 2, 4, 8), 256  # further ahead, among so many
UNTRAINED = "untrained"
TOLD = ("bound", "optimal", "ceiling", "information", "r2")
NAMED = ("The bound grows, the latent is read as before", "Both grow", "Neither grows")
GROWS = {"bound": 0.5, "r2": 0.1}  # nats, share: from here on it is called so


@dataclasses.dataclass(frozen=True)
class Bounds:
    many: Annotated[tuple[int, ...], Range(2, 2048), Help("among how many the right one is chosen")] = MANY
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 700
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3

    def canonical(self) -> Bounds:
        if not self.many:
            raise Refused("many", "", "one number or more, such as 2,32,512.")
        return dataclasses.replace(self, many=tuple(sorted(set(self.many))))


def arms_of(settings: Bounds) -> Iterator[tuple[int | str, int, Spec]]:
    """(N, seed, run), "offsets", the one that looks further ahead, and "untrained"; seed by seed."""
    for seed in range(settings.seed, settings.seed + settings.seeds):
        about: dict[str, Any] = {"steps": settings.steps, "seed": seed, "rate": Cpc.rate}
        for negatives in settings.many:
            yield negatives, seed, Spec.of(cpc, negatives=negatives, **about)
        yield "offsets", seed, Spec.of(cpc, negatives=OF, offsets=OFFSETS, **about)
        yield UNTRAINED, seed, Spec.of(cpc, **{**about, "steps": 0})


def summarise(settings: Bounds, rows: list[Row]) -> dict[str, Any]:
    """`many[N]` and `offsets[k]`: the bound, what the optimal critic finds, log N and the information in nats, and r2,
    each a mean over seeds with its interval; `short`: by how much the bound is below the optimal critic's where that is
    most; `grown[number]`: how much more of it there is among the most than among the fewest, paired over seeds;
    `answer`: one of NAMED, where both are settled; `untrained`: r2 of codes before training, and `seen` without any.
    Works on some of the rows.
    """
    by = {spec.id: (name, seed) for name, seed, spec in arms_of(settings)}
    found: dict[str, dict[str, dict[str, dict[int, float]]]] = {"many": {}, "offsets": {}}
    for row in rows:
        if row["split"] == "held_out" and (where := by[row["run"]])[0] != UNTRAINED:
            name, seed = where
            kind, place = ("offsets", row["offset"]) if name == "offsets" else ("many", name)
            for number in TOLD:
                found[kind].setdefault(str(place), {}).setdefault(number, {})[seed] = row[number]
    means = {
        kind: {place: {n: over_seeds([*v.values()]).as_json() for n, v in of.items()} for place, of in places.items()}
        for kind, places in found.items()
    }
    gaps = [paired(of["optimal"], of["bound"]) for of in found["many"].values()]
    short = max((gap for gap in gaps if gap), key=lambda gap: gap.mean, default=None)
    grown = grew(settings, found["many"])
    said = {"grown": {name: gap.as_json() for name, gap in grown.items()}, **answer(grown)}
    drawn = [row for row in rows if row["split"] == "held_out" and by[row["run"]][0] == UNTRAINED]
    before = (
        {UNTRAINED: over_seeds([row["r2"] for row in drawn]).as_json(), "seen": drawn[0]["r2_seen"]} if drawn else {}
    )
    return {**means, **said, **before, **({"short": short.as_json()} if short else {})}


def grew(settings: Bounds, many: dict[str, dict[str, dict[int, float]]]) -> dict[str, Estimate]:
    fewest, most = (many.get(str(n), {}) for n in (settings.many[0], settings.many[-1]))
    gaps = {name: paired(most.get(name, {}), fewest.get(name, {})) for name in GROWS}
    return {name: gap for name, gap in gaps.items() if gap}


def answer(grown: dict[str, Estimate]) -> dict[str, str]:
    """By whether each grew by as much as `GROWS` says, where its interval lies on one side of that."""
    if set(grown) != set(GROWS) or any(gap.low < GROWS[name] < gap.high for name, gap in grown.items()):
        return {}
    bound, latent = (grown[name].mean > GROWS[name] for name in ("bound", "r2"))
    return {"answer": NAMED[1] if bound and latent else NAMED[0] if bound else NAMED[2]}


@plan(Bounds, version=1, summarise=summarise)
def cpc_bound(settings: Bounds) -> list[Spec]:
    """Each N, the further steps, and random weights; seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
