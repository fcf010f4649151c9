"""Do heat maps show where the cause lies? Pictures whose cause is known to the pixel, and weights that know nothing.

One network names toys. Another one was trained on the same pictures from which the toys are taken, so that only shadows
tell them apart: there the cause was planted. Of every method: is its peak on the cause (the pointing game of Zhang et
al. 2016, arXiv:1608.00507), how much of the map is, and how is that on random weights (the sanity check of Adebayo et
al. 2018, arXiv:1810.03292)?
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.finetune import TOYBOX_DONOR
from core.experiments.lens_attribution import METHODS, lens_attribution
from core.experiments.reading import load
from core.experiments.sources import borrowed
from core.experiments.train import train
from core.learning.compare import over_seeds
from core.learning.intervals import paired_interval, wilson
from core.runs.settings import Help, OneOf, Range
from core.runs.spec import Course, Progress, Row, Spec, experiment, plan
from core.worlds import fingerprint
from core.worlds.addresses import cue

TOYS = TOYBOX_DONOR["data"]
CAUSES = {"toy": TOYS, "shadow": cue("shadow", TOYS)}  # what tells the classes apart → the pictures
RIDDLE, CAR = 6499, 7200  # test pictures
NOTHING = "nothing"  # no method: the middle of the picture, and a map that is the same everywhere
DIFFERENT = 8  # levels of 255 by which a shadow changes a pixel


@dataclasses.dataclass(frozen=True)
class Scores:
    cause: Annotated[str, OneOf(tuple(CAUSES)), Help("what tells the classes apart")] = "toy"
    pictures: Annotated[int, Range(10, 1600), Help("test pictures, of which those named correctly count")] = 240
    seed: Annotated[int, Range(0, 10**6), Help("draws the pictures and the random weights")] = 0
    donor: Spec | None = None

    def canonical(self) -> Scores:
        return dataclasses.replace(self, donor=donor_of(self.cause))


def donor_of(cause: str) -> Spec:
    """The network that learned to tell the classes by it: equal but for the pictures."""
    return Spec.of(train, **{**TOYBOX_DONOR, "data": CAUSES[cause]})


def riddle() -> dict[str, Spec]:
    """What each of the two networks looks at in one scene, which both name: chosen, to be asked about."""
    weights: dict[str, dict[str, Any]] = {"toy": {"source": "toybox"}, "shadow": {"donor": donor_of("shadow")}}
    return {
        cause: Spec.of(
            lens_attribution,
            picture=f"{CAUSES[cause]}#{RIDDLE}",
            method="occlusion",
            **{"source": "none", **weights[cause]},
        )
        for cause in CAUSES
    }


def first_looks() -> dict[str, Spec]:
    """What the page shows before anybody asks for more: the first test picture of a car, by the methods in front, and
    the same with random weights.
    """
    return {
        f"{source}_{method}": Spec.of(lens_attribution, picture=f"{TOYS}#{CAR}", source=source, method=method)
        for source in ("toybox", "none")
        for method in METHODS[:2]
    }


@experiment(Scores, version=2, data=lambda settings: fingerprint(CAUSES[settings.cause]))
def attribution_scores(settings: Scores) -> Course:
    """A row a picture that is named correctly, a method, and `weights`, trained or random: whether the peak lies on the
    cause (`hit`) or beside it (`beside`: on a toy's shadow, or where the toy stood), and what `share` of the map is on
    the cause. The random weights are others for each class.
    """
    import numpy as np

    from core.lenses.heat import heat
    from core.lenses.units import Unit
    from core.models.staged import build
    from core.models.weights import from_arrays

    kept = borrowed("none", settings.donor)
    assert kept is not None
    network = from_arrays(kept.recipe, kept.arrays)
    found = yield from named(settings, network)
    for label in range(network.classes):
        some = [example for example in found if example.label == label]
        for example in some:
            yield {**example.row(NOTHING, NOTHING), **example.nothing()}
        random = build(network.network, network.classes, settings.seed + label, size=network.preprocessing.size)
        for weights, one in {"trained": network, "random": random}.items() if some else ():
            x = one.prepare(np.stack([example.seen for example in some]))
            for method in METHODS:
                maps = heat(one, x, Unit(one.names[-1], label), method).numpy()
                for example, map_ in zip(some, maps, strict=True):
                    yield {**example.row(weights, method), **example.scored(map_)}
        yield Progress(label + 1, network.classes, "classes", 0.2, 1.0)
    return {"named": len(found)}


@dataclasses.dataclass(frozen=True, eq=False)
class Example:
    """A picture that is named correctly, uint8 (S, S, 3); where its cause is, and what is beside it, (S, S) bool."""

    picture: int
    label: int
    seen: Any
    cause: Any
    beside: Any

    def row(self, weights: str, method: str) -> Row:
        return {"split": "score", "picture": self.picture, "weights": weights, "method": method}

    def scored(self, heat: Any) -> Row:
        """Of a map (S, S); one that is nowhere above 0 has no peak."""
        from core.lenses.sheets import peak

        total = float(heat.sum())
        if not total > 0:
            return {"hit": 0, "beside": 0, "share": 0.0}
        hit, beside = (int(mask[peak(heat)]) for mask in (self.cause, self.beside))
        return {"hit": hit, "beside": beside, "share": round(float((heat * self.cause).sum()) / total, 4)}

    def nothing(self) -> Row:
        middle = len(self.cause) // 2
        hit, beside = (int(mask[middle, middle]) for mask in (self.cause, self.beside))
        return {"hit": hit, "beside": beside, "share": round(float(self.cause.mean()), 4)}


def named(settings: Scores, network: Any) -> Generator[Progress, None, list[Example]]:
    """Those of the test pictures that the network names correctly. Where the picture differs from the empty room's, and
    no toy is, there is its shadow.
    """
    import numpy as np

    from core.learning.evaluate import probabilities
    from core.worlds import open_world
    from core.worlds.splits import split
    from core.worlds.toybox.blocks import ROOM, SHADOW
    from core.worlds.toybox.world import Toybox

    world, size = open_world(CAUSES[settings.cause]), network.preprocessing.size
    drawn = np.random.default_rng(settings.seed).permutation(split(world).test)[: settings.pictures]
    indices = np.sort(drawn)
    pictures = yield from load(world, indices, size, 0.0, 0.1)
    right = probabilities(network, pictures, precision="float32").argmax(1) == world.labels[indices]
    known: list[Any] = []
    for chunk in Toybox(TOYS).labelled(indices[right], size, ["instances", ROOM, SHADOW]):
        toy = chunk["instances"] > 0
        shadow = np.abs(chunk[SHADOW].astype(int) - chunk[ROOM].astype(int)).max(-1) > DIFFERENT
        known += [(t, s & ~t) if settings.cause == "toy" else (s, t & ~s) for t, s in zip(toy, shadow, strict=True)]
        yield Progress(len(known), int(right.sum()), "masks", 0.1, 0.2)
    chosen = zip(indices[right].tolist(), world.labels[indices[right]].tolist(), pictures[right], known, strict=True)
    return [Example(index, label, seen, *masks) for index, label, seen, masks in chosen]


@dataclasses.dataclass(frozen=True)
class League:
    pictures: Annotated[int, Range(10, 1600), Help("how many test pictures of each cause")] = 240
    seed: Annotated[int, Range(0, 10**6), Help("draws the pictures and the random weights")] = 0


def arms_of(settings: League) -> Iterator[tuple[str, Spec]]:
    """(cause, run)"""
    for cause in CAUSES:
        yield cause, Spec.of(attribution_scores, cause=cause, pictures=settings.pictures, seed=settings.seed)


def summarise(settings: League, rows: list[Row]) -> dict:
    """`league[cause][method]`: points `trained`, `random` (how often the peak is on the cause, Wilson), `beside`, and
    the same of the `share` of the map (Student); `gap`: trained above random, paired by picture. `nothing[cause]` is
    what pointing at the middle gives. `pictures[cause]`: how many. Works on some of the arms.
    """
    cause_of = {spec.id: cause for cause, spec in arms_of(settings)}
    by: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        by[cause_of[row["run"]], row["method"], row["weights"]].append(row)
    league: dict[str, Any] = {}
    for cause, method, weights in by:
        if weights == "trained":
            pair = [sorted(by[cause, method, of], key=lambda row: row["picture"]) for of in ("trained", "random")]
            league.setdefault(cause, {})[method] = judged(*pair)
    nothing = {cause: judged(by[cause, NOTHING, NOTHING]) for cause in league}
    return {"league": league, "nothing": nothing, "pictures": {c: len(by[c, NOTHING, NOTHING]) for c in league}}


def judged(trained: list[Row], random: list[Row] | None = None) -> dict[str, Any]:
    """Points of one method."""
    found = {"trained": often(trained, "hit"), "beside": often(trained, "beside"), "share": shared(trained)}
    if random:
        hits = [[bool(row["hit"]) for row in rows] for rows in (trained, random)]
        found |= {"random": often(random, "hit"), "random_share": shared(random), "gap": point(*paired_interval(*hits))}
        on, off = ([row[name] for row in trained] for name in ("hit", "beside"))
        found["aside"] = over_seeds([a - b for a, b in zip(on, off, strict=True)]).as_json() | {"values": []}
    return found


def often(rows: list[Row], name: str) -> dict[str, float]:
    return point(*wilson(sum(row[name] for row in rows), len(rows)))


def shared(rows: list[Row]) -> dict[str, Any]:
    return over_seeds([row["share"] for row in rows]).as_json() | {"values": []}


def point(mean: float, low: float, high: float) -> dict[str, float]:
    return {"mean": mean, "low": low, "high": high}


@plan(League, version=2, summarise=summarise, data=lambda settings: fingerprint(CAUSES["shadow"]))
def attribution_league(settings: League) -> list[Spec]:
    """An arm a cause."""
    return [spec for _, spec in arms_of(settings)]
