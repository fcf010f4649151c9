"""What does a code keep? (`rep.factors`): each known factor of a toybox scene, read from codes by a linear probe.

An autoencoder must keep whatever a picture needs to be drawn again; a contrastive encoder may forget what its
augmentations change; a supervised one, what does not tell the class.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from core.experiments.coded import Coded, chosen, coded
from core.experiments.ssl import TOYS, ssl, usual_view
from core.learning.compare import by_seed, over_seeds, paired
from core.methods.catalog import METHODS
from core.runs.settings import Help, Matching, Range
from core.runs.spec import Course, Progress, Row, Spec, experiment, plan
from core.worlds import fingerprint

KNOWN = ("class", "room", "light", "camera", "pose", "position", "colour")
ASKED = tuple(name for name in KNOWN if name != "camera")  # the answers to the page's question
KNOWN_TOYS = Matching(TOYS, "toybox, toybox:a …, or few of them")
FOLDS = 2  # one half of the test pictures teaches the probe, the other is asked
SIMCLR, NEW_ROOM = "SimCLR", "SimCLR, new room"
ARMS: dict[str, dict[str, Any]] = {  # name → how it learned
    "Autoencoder": {"method": "autoencoder"},
    SIMCLR: {"method": "simclr"},
    "SimCLR, crops only": {"method": "simclr", "augment": "small_crop"},
    "SimCLR, colours only": {"method": "simclr", "augment": "jitter"},
    NEW_ROOM: {"method": "simclr", "second_view": usual_view("toybox")},
    "Supervised": {"method": "supervised"},
}


@dataclasses.dataclass(frozen=True)
class Read(Coded):
    data: Annotated[str, KNOWN_TOYS, Help("toys, whose factors are known")] = "toybox"
    pictures: Annotated[int, Range(200, 10_000), Help("how many test pictures: half teach the probe")] = 3200


@experiment(Read, version=1, data=lambda settings: fingerprint(settings.data))
def factors(settings: Read) -> Course:
    """A row a factor: how often a linear probe is right on pictures that neither it nor the encoder learned from, with
    `chance`, the share of the commonest answer.
    """
    import numpy as np

    from core.experiments.maps import factors_of
    from core.learning.probe import linear_probe

    world, indices = yield from chosen(settings)
    x = yield from coded(settings, world, indices)
    known = factors_of(world, indices)
    answers = {"class": world.labels[indices], **{name: np.array([one[name] for one in known]) for name in KNOWN[1:]}}
    asked = np.random.default_rng(0).permutation(len(x)) < len(x) // FOLDS
    for k, name in enumerate(KNOWN):
        truth = answers[name]
        found = linear_probe((x[~asked], truth[~asked]), (x[asked], truth[asked]))
        chance = float(np.bincount(truth[asked]).max() / asked.sum())
        bounds = {"accuracy": found.accuracy, "low": found.low, "high": found.high}
        yield {"split": "factor", "factor": name, "source": settings.source, **bounds, "chance": round(chance, 4)}
        yield Progress(k + 1, len(KNOWN), "factors read", 0.5, 1.0)
    return {"pictures": len(x), "width": int(x.shape[1])}


@dataclasses.dataclass(frozen=True)
class Kept:
    data: Annotated[str, KNOWN_TOYS, Help("toys, whose factors are known")] = "toybox:b"
    pictures: Annotated[int, Range(200, 10_000), Help("test pictures: half teach the probe")] = 1600
    steps: Annotated[int, Range(1, 100_000), Help("of each training")] = 100
    seed: Annotated[int, Range(0, 10**4), Help("the first seed")] = 0
    seeds: Annotated[int, Range(1, 20), Help("how many seeds")] = 3


def arms_of(settings: Kept) -> Iterator[tuple[str, int, Spec]]:
    """(name, seed, reading), seed by seed; what learned is its donor."""
    shared: dict[str, Any] = {"data": settings.data, "pictures": settings.pictures}
    for seed in range(settings.seed, settings.seed + settings.seeds):
        for name, how in ARMS.items():
            donor = Spec.of(ssl, data=settings.data, steps=settings.steps, seed=seed, **how)
            yield name, seed, Spec.of(factors, **shared, layer=METHODS[how["method"]].shows, donor=donor)
        yield "Untrained", seed, Spec.of(factors, **shared, source="none", seed=seed)
    yield "Pixels", settings.seed, Spec.of(factors, **shared, source="pixels")


def summarise(settings: Kept, rows: list[Row]) -> dict[str, Any]:
    """`table[name][factor]`: the mean over seeds with its 95 % interval; `chance[factor]`; the claims as differences,
    paired over seeds; `forgotten`: of `ASKED` the factor that views in a new room cost most, if that is settled. Works
    on some of the rows.
    """
    found, read = told(rows, {spec.id: (name, seed) for name, seed, spec in arms_of(settings)}, KNOWN)
    lost = {factor: gap(found, (SIMCLR, factor), (NEW_ROOM, factor)) for factor in KNOWN}
    known = {factor: point["mean"] for factor, point in lost.items() if point and point["low"] > 0 and factor in ASKED}
    most = {"forgotten": max(known, key=lambda factor: known[factor])} if known else {}
    return {**read, **{name: gap(found, *pair) for name, pair in CLAIMED.items()}, **most}


def told(
    rows: list[Row], by: Mapping[str, tuple[str, int]], asked: Sequence[str]
) -> tuple[dict[str, dict[str, dict[int, float]]], dict[str, Any]]:
    """What readings say of the factors that are `asked`: factor → name → seed → share; and for a summary the `table`
    (name → factor) of means with their intervals, and `chance` (factor). `by`: run id → name, seed.
    """
    chance = {row["factor"]: row["chance"] for row in rows if row.get("factor") in asked}
    found = {factor: by_seed(rows, by, "accuracy", factor=factor) for factor in asked}
    table = {
        name: {factor: over_seeds([*cells[name].values()]).as_json() for factor, cells in found.items()}
        for name in dict.fromkeys(name for cells in found.values() for name in cells)
    }
    return found, {"table": table, "chance": chance}


CLAIMED = {  # claim → (what, factor) more than (what, factor)
    "keeps_room": (("Autoencoder", "room"), ("Supervised", "room")),
    "tells_class": ((SIMCLR, "class"), ("Autoencoder", "class")),
    "colour_forgotten": (("SimCLR, crops only", "colour"), (SIMCLR, "colour")),
    "room_forgotten": ((SIMCLR, "room"), (NEW_ROOM, "room")),
    "remedy": ((NEW_ROOM, "class"), (SIMCLR, "class")),
}


def gap(found: dict, more: tuple[str, str], less: tuple[str, str]) -> dict | None:
    """The difference of two cells (encoder, factor), paired over seeds; None before there is one."""
    apart = paired(*(found[factor].get(name, {}) for name, factor in (more, less)))
    return apart.as_json() if apart else None


@plan(Kept, version=1, summarise=summarise, data=lambda settings: fingerprint(settings.data))
def kept_factors(settings: Kept) -> list[Spec]:
    """A reading of each encoder, seed by seed."""
    return [spec for *_, spec in arms_of(settings)]
