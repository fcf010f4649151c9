"""Where does a network look when it names a picture? Grad-CAM, occlusion (Zeiler and Fergus, arXiv:1311.2901, figure
7), the gradients, relevance.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator, Iterator
from typing import Annotated, Any

from core.experiments.looked_at import ANY_CLASSES, LookedAtOne, class_names, opened
from core.runs.artifacts import Artifact
from core.runs.settings import Help, OneOf, Range, Refused
from core.runs.spec import Course, Progress, Row, experiment
from core.worlds.one import fingerprint_one, label_of, read_one

METHODS = ("gradcam", "occlusion", "hirescam", "occlusion_grey", "gradient", "guided", "integrated", "lrp")
LIKELIEST, PEOPLE, GRID = 5, 288, 24  # classes; pixels a side of what people see; numbers a side of what is kept
UNSURE, CHANCES = 0.2, 1.5  # a probability below which, or below so many times chance, a map is about nothing


@dataclasses.dataclass(frozen=True)
class LensAttribution(LookedAtOne):
    method: Annotated[str, OneOf(METHODS), Help("how it is found out where the network looks")] = "gradcam"
    target: Annotated[int, Range(-1, ANY_CLASSES - 1), Help("for which class, by number; -1: the likeliest")] = -1
    side: Annotated[int, Range(0, 112), Help("of the square that hides, in pixels; 0: a sixth of the picture")] = 0


@experiment(LensAttribution, version=1, data=lambda settings: fingerprint_one(settings.picture), quick=True)
def lens_attribution(settings: LensAttribution) -> Course:
    """A row a class, of the five likeliest: `class`, `number`, `probability`. Artifacts: `picture`; `map`, the heat
    over it; `heat`, its numbers, 24 by 24, the largest 1. Of occlusion also `answers`, for what it is taken where a
    square hides it, and `feature`, by how much the strongest map falls. The summary has the `peak`, (down, across) in
    shares of the picture, and `unsure`: too unlikely a class to be explained.

    `Refused`: no class scores, a method not for this network.
    """
    import numpy as np

    from core.learning.evaluate import probabilities
    from core.lenses.heat import heat
    from core.lenses.sheets import peak
    from core.lenses.units import Unit

    network = yield from opened(settings)
    check(settings, network)
    seen = np.array(read_one(settings.picture, network.preprocessing.size))  # what is kept on disk cannot be written
    probs = probabilities(network, seen[None], precision="float32")[0]
    names = class_names(settings, network) or [f"class {k}" for k in range(network.classes)]
    yield from likeliest(probs, names)
    target = settings.target if settings.target >= 0 else int(probs.argmax())
    x, began, more = network.prepare(seen[None]), time.perf_counter(), {}
    if settings.method.startswith("occlusion"):
        found, more = yield from hidden(settings, network, x, target, names)
    else:
        found = heat(network, x, Unit(network.names[-1], target), settings.method)[0]
    took = time.perf_counter() - began
    yield from pictured(settings.picture, found)
    probability = float(probs[target])
    about = {"answer": names[target], "probability": round(probability, 4), "truth": label_of(settings.picture)}
    about |= {"unsure": probability < max(UNSURE, CHANCES / network.classes), "blank": not float(found.max()) > 0}
    where = [round((k + 0.5) / len(found), 4) for k in peak(found.numpy())]
    return {**about, "peak": where, "took": round(took, 3), **more}


def likeliest(probs: Any, names: list[str]) -> Iterator[Row]:
    """Of probabilities (classes,)."""
    for k in probs.argsort()[::-1][:LIKELIEST].tolist():
        yield {"split": "class", "class": names[k], "number": k, "probability": round(float(probs[k]), 4)}


def check(settings: LensAttribution, network: Any) -> None:
    """`Refused`: nothing can be asked of this network."""
    if not network.classes:
        raise Refused("source", settings.source, "a network with class scores: this one gives features only.")
    if settings.target >= network.classes:
        raise Refused("target", settings.target, f"-1, or a class from 0 to {network.classes - 1}.")


def hidden(settings: LensAttribution, network: Any, x: Any, target: int, names: list[str]) -> Generator[Any, None, Any]:
    """By how much the probability falls (S, S), and for what else it is taken, with the share of the squares."""
    import torch

    from core.learning.features import over_place
    from core.learning.precision import evaluating
    from core.lenses.gradcam import last_maps
    from core.lenses.heat import square
    from core.lenses.occlusion import occlusion, places, spread
    from core.lenses.sheets import over
    from core.models.staged import activations

    size, n = x.shape[-1], network.classes
    side = min(settings.side or square(size), size)
    stride = max(1, side // 2)
    with evaluating(network):
        at = last_maps(network, x) or network.names[-2]

    def ask(some: Any) -> Any:  # (N, classes + channels)
        with evaluating(network):
            given = activations(network, some, [at, network.head])
        return torch.cat([given[network.head].softmax(1), over_place(given[at])], 1)

    colour, whole = None if settings.method.endswith("grey") else x.mean((2, 3))[0, :, None, None], ask(x)[0]
    for done, answers in occlusion(x, ask, side, stride, colour):  # noqa: B007  the last ones are whole
        yield Progress(done, len(places(size, side, stride)), "rows of squares", 0.1, 0.9)
    falls, strongest = (whole - answers).clamp(min=0), n + int(whole[n:].argmax())
    feature = spread(falls[..., strongest], size, side, stride)
    yield Artifact("feature", over(large(settings.picture), feature.numpy())[None])
    others = yield from taken_for(answers[..., :n].argmax(-1), names)
    return spread(falls[..., target], size, side, stride), {"others": others}


def taken_for(taken: Any, names: list[str]) -> Generator[Artifact, None, list]:
    """The classes (rows, columns) where a square hides the picture, coloured; their names, shares and colours."""
    from core.lenses.sheets import KINDS, coloured

    kinds = taken.flatten().bincount(minlength=len(names)).argsort(descending=True)[:LIKELIEST].tolist()
    yield Artifact("answers", coloured(taken.numpy(), kinds, PEOPLE)[None])
    shares = [(k, float((taken == k).float().mean()), colour) for k, colour in zip(kinds, KINDS, strict=False)]
    return [[names[k], round(share, 3), colour] for k, share, colour in shares if share]


def pictured(address: str, found: Any) -> Iterator[Artifact]:
    """The picture, the heat (S, S) over it, and its numbers."""
    import torch.nn.functional as F

    from core.lenses.sheets import over

    shown = large(address)
    yield Artifact("picture", shown[None])
    yield Artifact("map", over(shown, found.numpy())[None])
    coarse = F.adaptive_avg_pool2d(found[None, None], GRID)[0, 0]
    yield Artifact("heat", [[round(float(v), 3) for v in row] for row in coarse / coarse.max().clamp(min=1e-12)])


def large(address: str) -> Any:
    """The picture as people see it, uint8 (288, 288, 3): the same scene with smooth edges where it can be drawn."""
    from core.worlds import open_world

    world, _, number = address.rpartition("#")
    shown = open_world(world).show(int(number), PEOPLE) if world else None
    return shown if shown is not None and shown.shape == (PEOPLE, PEOPLE, 3) else read_one(address, PEOPLE)
