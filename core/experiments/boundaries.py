"""Find where things end (`wild.cob`): oriented boundaries on a base with borrowed weights, or with none."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Generator, Iterator, Mapping
from typing import Annotated, Any

from core.experiments.segment import SHOWN
from core.experiments.sources import checkpoint, told_of
from core.experiments.wild import SCENES, Wild, common, encoder, learned, rates, told
from core.runs.metrics import Metric, Stream
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Course, Progress, experiment
from core.worlds import fingerprint

HELD = 16  # scenes on which it is measured as it learns
TUNED = 200  # training scenes that choose a filter's sigma: 25 chose one that is 6 points worse on all of them
PICTURES, EDGES = "pictures", "occlusion_edges"
METRICS = (
    Metric("f", "Boundary F (ODS), held-out scenes", share=True),
    Metric("loss", "Loss", "train", falls=True, live=False),
)
STREAMS = (
    Stream(
        "answers",
        "Held-out scenes: the picture, the truth, the strength after {step} steps, and that thinned, each direction "
        "in a colour of its own",
    ),
)


@dataclasses.dataclass(frozen=True)
class Boundaries(Wild):
    data: Annotated[str, Help("scenes, whose boundaries are known")] = SCENES
    pictures: Annotated[int, Range(2, 5000), Help("pictures to learn from, at most")] = 200
    steps: Annotated[int, Range(1, 20_000), Help("updates of the weights")] = 120
    head_rate: Annotated[float, Range(1e-6, 1, log=True), Help("learning rate of what is new")] = 3e-3

    def canonical(self) -> Any:
        if self.data != SCENES:
            raise Refused("data", self.data, f"{SCENES}: only where depth is known are the boundaries of things.")
        return super().canonical()


@experiment(Boundaries, version=1, data=lambda settings: fingerprint(settings.data), metrics=METRICS, streams=STREAMS)
def boundaries(settings: Boundaries) -> Course:
    """Rows of training, and of the boundary F of held-out scenes; of the test scenes, `test`: F with its interval over
    scenes, OIS, the error of the orientation in degrees; a row `filter` each for Canny and Sobel; `curve`: precision
    and recall of all three. Keeps the encoder and its heads.
    """
    from core.learning.boundaries import curve, judged
    from core.methods.cob import OrientedBoundaries

    train, held, test = yield from outlined(settings)
    network = yield from encoder(settings)
    objective = OrientedBoundaries(network, *train, **rates(settings))
    draw = functools.partial(drawn, objective, *held)
    yield from learned(objective, settings, objective.held_out(*held), draw, end=0.85)
    yield from told(story(objective, *held))
    yield checkpoint(network, **told_of(network, ("boundary",)))
    found = {}
    for name, about, thin, angles in answers(objective, train, test[0]):
        found[name], counts = judged(thin, angles, test[1], settings.seed)
        yield {**common(settings), **about, **found[name]}
        yield from ({**common(settings), "split": "curve", "of": name, **point} for point in curve(counts))
        yield Progress(len(found), 3, "answers judged", 0.85, 1)
    return {**summary(found), "steps": settings.steps}


def answers(objective: Any, train: Any, pictures: Any) -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    """(name, what its row is, strength thinned, angles) of the network, and of filters at the sigma that suits training
    scenes.
    """
    from core.learning.boundaries import FILTERS, best_sigma, thinned
    from core.methods.cob import strength_and_angles

    strength, angles = strength_and_angles(objective.said(pictures))
    yield "COB", {"split": "test"}, thinned(strength, angles), angles
    for name, edges_of in FILTERS.items():
        sigma = best_sigma(edges_of, *(part[:TUNED] for part in train))
        yield name, {"split": "filter", "filter": name, "sigma": sigma}, *edges_of(pictures, sigma)


def summary(found: Mapping[str, Mapping[str, float]]) -> dict[str, Any]:
    """F with its interval, of the network and of each filter; OIS and the orientation of the network."""
    points = {name: {key: of[key] for key in ("mean", "low", "high")} for name, of in found.items()}
    own = found["COB"]
    return {"f": points.pop("COB"), "ois": own["ois"], "orientation_error": own["orientation_error"], "filters": points}


def outlined(settings: Boundaries) -> Generator[Progress, None, list[tuple[Any, Any]]]:
    """Pictures uint8 (N, S, S, 3) and edges bool (N, S, S): to learn from, held out, and to test on."""
    import numpy as np

    from core.worlds import open_world
    from core.worlds.splits import split

    world: Any = open_world(settings.data)
    parts, found = split(world), []
    held = parts.validation[: min(HELD, settings.tested)]
    for k, indices in enumerate((parts.train[: settings.pictures], held, parts.test[: settings.tested])):
        chunks: list[dict[str, Any]] = []
        for chunk in world.labelled(indices, settings.size, [PICTURES, EDGES]):
            chunks.append(chunk)
            done = sum(len(each[EDGES]) for each in chunks)
            yield Progress(done, len(indices), "scenes read", 0.05 * (k + 1), 0.05 * (k + 2))
        pictures, edges = (np.concatenate([each[name] for each in chunks]) for name in (PICTURES, EDGES))
        found.append((pictures, edges))
    return found


def seen(objective: Any, pictures: Any, edges: Any) -> tuple[Any, Any, Any, Any]:
    """Picture, truth, strength, and what is left of it where it is thinned: uint8 (n, S, S, 3) each."""
    from core.learning.boundaries import tangents, thinned
    from core.methods.cob import strength_and_angles

    strength, angles = strength_and_angles(objective.said(pictures))
    thin = painted(thinned(strength, angles), angles)
    return pictures, painted(edges, tangents(edges)), painted(strength), thin


def drawn(objective: Any, pictures: Any, edges: Any) -> Any:
    """uint8 (n, S, 4 S, 3), side by side."""
    import numpy as np

    return np.concatenate(seen(objective, pictures[:SHOWN], edges[:SHOWN]), 2)


def story(objective: Any, pictures: Any, edges: Any) -> dict[str, Any]:
    """How the boundaries of the scene that has most of them come about."""
    k = int(edges.sum((1, 2)).argmax())
    picture, truth, strength, thin = (each[0] for each in seen(objective, pictures[k : k + 1], edges[k : k + 1]))
    return {
        "The picture": picture,
        "How strong a boundary is": strength,
        "Thinned across its direction, a colour each": thin,
        "The truth": truth,
    }


def painted(strength: Any, angles: Any = None) -> Any:
    """(n, S, S), 0 to 1 -> uint8 (n, S, S, 3), grey, or with each direction in a colour of its own."""
    import numpy as np
    from skimage.color import hsv2rgb

    hue, full = (np.zeros_like(strength), 0.0) if angles is None else (angles / np.pi, 0.9)
    whole = np.stack(np.broadcast_arrays(hue, full, strength), -1).astype(float)
    return (255 * hsv2rgb(whole)).round().astype(np.uint8)
