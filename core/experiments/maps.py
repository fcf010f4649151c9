"""Maps of representations (`rep.maps`): pictures that nothing was trained on, those near one another that a network
finds alike. A map says who is near whom, not how far the groups lie apart.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.coded import Chosen, Coded, chosen, coded, coder
from core.experiments.reading import load
from core.learning.intervals import wilson
from core.runs.artifacts import Artifact
from core.runs.metrics import Stream
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.runs.store import Store
from core.worlds import fingerprint
from core.worlds.one import ONE, ONE_WORDS, absolute_one, fingerprint_one, read_one

TECHNIQUES = ("tsne", "umap", "pca")
NEIGHBOURS, SHOWN = 10, 8  # of a picture: those that a map should keep, and those that are drawn
TILE, FEW, SMALL = 48, 2000, 24  # pixels of a picture on the sheet, of up to so many; of more
ACROSS = 40  # pictures in a row of the sheet
POINTS = Stream("points", "The map after {step} iterations")


@dataclasses.dataclass(frozen=True)
class Map(Coded):
    technique: Annotated[str, OneOf(TECHNIQUES), Help("how the map is drawn")] = "tsne"
    perplexity: Annotated[float, Range(2, 200), Help("t-SNE: how many neighbours count")] = 30.0
    neighbours: Annotated[int, Range(2, 200), Help("UMAP: how many neighbours count")] = 15

    def canonical(self) -> Map:
        settings = super().canonical()
        perplexity = self.perplexity if self.technique == "tsne" else 30.0
        neighbours = self.neighbours if self.technique == "umap" else 15
        seed = settings.seed if self.technique == "pca" else self.seed  # where the map begins, whatever made the codes
        return dataclasses.replace(settings, perplexity=perplexity, neighbours=neighbours, seed=seed)


@experiment(Map, version=1, data=lambda settings: fingerprint(settings.data), quick=True, streams=(POINTS,))
def map(settings: Map) -> Course:
    """A row a picture: where it lies (x, y), the share of its neighbours that the map kept, its cluster by k-means and
    by a mixture of Gaussians, and its nearest neighbours in the codes. The summary says how often the neighbours on the
    map, and in the codes, are of the same class; and how far clusters agree with classes.
    """
    from core.lenses.embedding import OWN, TECHNIQUES, directions

    world, indices = yield from chosen(settings)
    x = directions((yield from coded(settings, world, indices)))
    own = {OWN[settings.technique]: getattr(settings, OWN[settings.technique])} if settings.technique in OWN else {}
    for done, points in TECHNIQUES[settings.technique](x, settings.seed, **own):
        yield Artifact("points", points.round(3).tolist(), done)
        yield Progress(done, 750 if settings.technique == "tsne" else 1, "iterations", 0.5, 0.9)
    return (yield from trusted(x, points, indices, world.labels[indices], settings.seed))


def trusted(x: Any, points: Any, indices: Any, labels: Any, seed: int) -> Course:
    """The rows, artifacts and summary of a finished map, points (N, 2) of codes x (N, D)."""
    from core.lenses.embedding import agreement, clusters, density, hulls, kept, named_by_neighbours, nearest

    found, told = clusters(x, len(set(labels.tolist())), seed), kept(x, points, NEIGHBOURS)
    for k, (across, down) in enumerate(points.round(3).tolist()):
        row = {"split": "point", "picture": int(indices[k]), "label": int(labels[k]), "x": across, "y": down}
        yield {**row, "kept": round(float(told[k]), 3), **{name: int(of[k]) for name, of in found.items()}}
    yield Artifact("near", nearest(x, SHOWN).tolist())
    lines = {**{name: hulls(points, of) for name, of in found.items()}, "density": density(points)}
    yield Artifact("outlines", {name: [line.round(3).tolist() for line in of] for name, of in lines.items()})
    named = {
        name: share(named_by_neighbours(of, labels, NEIGHBOURS)) for name, of in {"map": points, "codes": x}.items()
    }
    rand = {name: agreement(of, labels) for name, of in found.items()}
    return {"named": named, "kept": float(told.mean()), "rand": rand, "pictures": len(x), "width": x.shape[1]}


def share(right) -> dict[str, float]:
    """Of answers (N,) bool, with Wilson's interval."""
    value, low, high = wilson(int(right.sum()), len(right))
    return {"mean": value, "low": low, "high": high}


@experiment(Chosen, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def sprites(settings: Chosen) -> Course:
    """The pictures of a map on one sheet, `ACROSS` in a row, as the artifact `sheet`; a row each, with its class and
    what the toybox knows of it.
    """
    import numpy as np

    world, indices = yield from chosen(settings)
    tile = TILE if len(indices) <= FEW else SMALL
    tiles = yield from load(world, indices, tile, 0.1, 0.9)
    rows = -(-len(tiles) // ACROSS)
    grid = np.zeros((rows * ACROSS, tile, tile, 3), np.uint8)
    grid[: len(tiles)] = tiles
    grid = grid.reshape(rows, ACROSS, tile, tile, 3).transpose(0, 2, 1, 3, 4)
    yield Artifact("sheet", grid.reshape(1, rows * tile, ACROSS * tile, 3))
    for k, (index, known) in enumerate(zip(indices, factors_of(world, indices), strict=True)):
        label = int(world.labels[index])
        yield {"split": "picture", "place": k, "picture": int(index), "label": label, **known}
    about = {"tile": tile, "across": ACROSS, "pictures": len(tiles)}
    return {"answers": {"class": list(world.classes), **answers_of(world)}, **about}


def answers_of(world) -> dict[str, list[str]]:
    """What else is known of the pictures → the words for each answer."""
    import numpy as np

    from core.worlds.toybox.tasks import TASKS
    from core.worlds.views import behind

    known = hasattr(behind(world, np.zeros(0, int))[0], "factors")
    return {name: list(words) for name, (words, _) in TASKS.items()} if known else {}


def factors_of(world, indices) -> list[dict[str, int]]:
    """What is known of each picture besides its class: in the toybox what decides its scene."""
    from core.worlds.toybox.tasks import TASKS
    from core.worlds.views import behind

    world, there = behind(world, indices)
    if not hasattr(world, "factors"):
        return [{} for _ in indices]
    scenes = [world.factors(int(index)) for index in there]
    known = {name: function(scenes) for name, (_, function) in TASKS.items()}
    return [{name: int(values[k]) for name, values in known.items()} for k in range(len(indices))]


@dataclasses.dataclass(frozen=True)
class Own:
    map: Annotated[str, Matching("[0-9a-f]{16}", "the id of a finished map"), Help("where it is to be placed")] = ""
    picture: Annotated[str, Matching(ONE, ONE_WORDS), Help("the picture that is placed")] = "toybox#14200"

    def canonical(self) -> Own:
        if self.map:
            Store().open(self.map)
        return dataclasses.replace(self, picture=absolute_one(self.picture))


@experiment(Own, version=1, data=lambda settings: fingerprint_one(settings.picture), quick=True)
def placed_on_map(settings: Own) -> Course:
    """Where a picture that was not on it lies on a finished map, which stays as it is: one row, x and y, and which
    pictures are nearest to it in the codes.
    """
    import numpy as np

    from core.lenses.embedding import OWN, directions, placed

    if not settings.map:
        raise Refused("map", "", "the id of a finished map.")
    run = Store().open(settings.map)
    drawn: Map = run.spec().settings
    world, indices = yield from chosen(drawn)
    size, code = yield from coder(drawn, world)
    x = directions(code((yield from load(world, indices, size, 0.2, 0.5))))
    new = directions(code(read_one(settings.picture, size)[None]))
    points = np.array([(row["x"], row["y"]) for row in run.rows() if row["split"] == "point"])
    named = {OWN[drawn.technique]: getattr(drawn, OWN[drawn.technique])} if drawn.technique in OWN else {}
    across, down = placed(drawn.technique, x, points, new, drawn.seed, **named)[0].tolist()
    yield {"split": "own", "x": round(across, 3), "y": round(down, 3)}
    yield Artifact("near", np.argsort(-(x @ new[0]))[:SHOWN].tolist())
    return {"x": across, "y": down}
