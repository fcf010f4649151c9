"""Ask a trained network about one picture (the try-it box)."""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.sources import RUN, borrowed
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Matching
from core.runs.spec import Course, experiment


@dataclasses.dataclass(frozen=True)
class Predict:
    network: Annotated[str, Matching(RUN, "run:<id> of a finished training"), Help("who answers")] = ""
    picture: Annotated[str, Matching(r"picture:[0-9a-f]{64}", "picture:<hash> of an upload"), Help("the question")] = ""


@experiment(Predict, version=1, quick=True)
def predict(settings: Predict) -> Course:
    """A row a class, the likeliest first, with its probability; `seen` is the picture as the network sees it."""
    import numpy as np

    from core.learning.evaluate import probabilities
    from core.models.weights import from_arrays
    from core.worlds.uploads import read_picture

    kept = borrowed(settings.network, None)
    assert kept is not None  # `run:<id>` always names a run, or is refused
    network = from_arrays(kept.recipe, kept.arrays)
    picture = read_picture(settings.picture, kept.recipe["size"])
    probs = probabilities(network, np.array(picture)[None])[0]
    for k in probs.argsort()[::-1]:
        yield {"class": kept.recipe["classes"][k], "probability": round(float(probs[k]), 4)}
    yield Artifact("seen", picture[None])
    return {"answer": kept.recipe["classes"][int(probs.argmax())], "probability": float(probs.max())}
