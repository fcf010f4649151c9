"""What an autoencoder's code holds (`rep.autoencoder`, `rep.separable`): pictures that come back from it; pictures as
one number of the code changes; and of a code of two numbers, all that it can say.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.coded import Chosen, chosen
from core.experiments.reading import load
from core.experiments.sources import RUN, borrowed, recipe_at
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Matching, OneOf, Range, Refused
from core.runs.spec import Course, Spec, experiment
from core.worlds import fingerprint

KINDS = ("reconstructions", "traversals", "manifold")
STEPS, REACH, SIDE = 9, 2.5, 12  # pictures along a traversal; deviations to either side; pictures a side of a manifold
DIRECTIONS = 6
WANTED = "give run:<id> of an autoencoder: it needs a decoder."


@dataclasses.dataclass(frozen=True)
class Decoded(Chosen):
    source: Annotated[str, Matching(rf"none|{RUN}", "run:<id> of an autoencoder"), Help("which autoencoder")] = "none"
    kind: Annotated[str, OneOf(KINDS), Help("what is drawn")] = "reconstructions"
    picture: Annotated[int, Range(0, 9999), Help("from which of the pictures a traversal starts")] = 0
    pictures: Annotated[int, Range(12, 1000), Help("of which the code's directions are found")] = 200
    donor: Spec | None = None

    def canonical(self) -> Any:
        settings = super().canonical()
        if self.source != "none" and "decoder" not in recipe_at(self.source).get("heads", {}):
            raise Refused("source", self.source, WANTED)
        return settings


@experiment(Decoded, version=1, data=lambda settings: fingerprint(settings.data), quick=True)
def decoded(settings: Decoded) -> Course:
    """Artifacts: `pictures`, each (2S, S): a test picture, and beneath it what comes back; or one sheet: of traversals
    a row a direction of the code, of the manifold the two numbers of the code across and down. The summary has the mean
    squared error of the pictures, 0 to 1, and what share of the code's variance each direction has.
    """
    from core.learning.features import codes
    from core.models.weights import from_arrays

    kept = borrowed(settings.source, settings.donor)
    if kept is None:
        raise Refused("source", settings.source, WANTED)
    network = from_arrays(kept.recipe, kept.arrays)
    world, indices = yield from chosen(settings)
    seen = yield from load(world, indices, network.preprocessing.size, 0.1, 0.5)
    code = codes(network, seen, "code")
    made = {"reconstructions": reconstructions, "traversals": traversals, "manifold": manifold}[settings.kind]
    yield Artifact("pictures", made(network, seen, code, settings.picture))
    lost = (drawn(network, code) / 255.0 - seen / 255.0) ** 2
    of_mean = (seen / 255.0 - (seen / 255.0).mean(0)) ** 2  # what answering the mean picture would cost
    return {"error": float(lost.mean()), "of_mean": float(of_mean.mean()), "code": int(code.shape[1])}


def reconstructions(network: Any, seen: Any, code: Any, which: int) -> Any:
    """Some pictures, each above what comes back."""
    import numpy as np

    some = np.linspace(0, len(seen) - 1, STEPS).astype(int)
    return np.concatenate([seen[some], drawn(network, code[some])], axis=1)


def traversals(network: Any, seen: Any, code: Any, which: int) -> Any:
    """From the code of one picture along the directions in which codes vary most."""
    import numpy as np

    _, spread, ways = np.linalg.svd(code - code.mean(0), full_matrices=False)
    along, deviations = np.linspace(-REACH, REACH, STEPS), spread / len(code) ** 0.5
    start, count = code[which % len(code)], min(DIRECTIONS, len(ways))
    asked = [start + np.outer(along * deviations[k], ways[k]) for k in range(count)]
    return sheet(drawn(network, np.concatenate(asked)), STEPS)


def manifold(network: Any, seen: Any, code: Any, which: int) -> Any:
    """All of a code of two numbers, as far as pictures have them."""
    import numpy as np

    if code.shape[1] != 2:
        raise Refused("kind", "manifold", "all that a code can say is drawn of a code of two numbers: code=2.")
    low, high = np.quantile(code, [0.02, 0.98], axis=0)
    across, down = np.meshgrid(*(np.linspace(low[k], high[k], SIDE) for k in range(2)))
    return sheet(drawn(network, np.stack([across.ravel(), down.ravel()], 1)), SIDE)


def drawn(network: Any, code: Any) -> Any:
    """(N, D) -> uint8 (N, S, S, 3)"""
    import torch

    from core.experiments.represented import as_pictures
    from core.learning.precision import evaluating
    from core.methods.autoencoder import decode

    with evaluating(network):
        return as_pictures(decode(network, torch.tensor(code).float()), network)


def sheet(pictures: Any, across: int) -> Any:
    """uint8 (N, S, S, 3) -> one picture (1, …), so many in a row."""
    n, side = len(pictures), pictures.shape[1]
    grid = pictures.reshape(n // across, across, side, side, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(1, n // across * side, across * side, 3)
