"""What does each channel of a network answer to one picture? All stages at once, as Yosinski's toolbox showed them live
(`see.deepvis`; arXiv:1506.06579).
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

from core.experiments.looked_at import LookedAtOne, class_names, opened
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range
from core.runs.spec import Course, experiment
from core.worlds.one import fingerprint_one, label_of, read_one

MOST, ACROSS, LIKELIEST = 64, 16, 5  # channels of a mosaic, and of a row of it; classes
EACH = 32  # of the channels of a mosaic get their sheets at once; the strongest of them is opened
SHOWN = 320  # pixels of the picture that people see


@dataclasses.dataclass(frozen=True)
class LensMaps(LookedAtOne):
    first: Annotated[int, Range(0, 100_000), Help(f"the first of the {MOST} channels that are shown")] = 0


@experiment(LensMaps, version=2, data=lambda settings: fingerprint_one(settings.picture), quick=True)
def lens_maps(settings: LensMaps) -> Course:
    """A row a stage: how many channels it has, which is the strongest of those first shown, `signed`, whether grey is
    nothing, and `mean`, how bright the tiles are. Artifacts: `picture`, and of each stage `maps_<stage>`, its channels
    as a mosaic, ACROSS in a row. The summary has all classes, the channels of the last stage, and the likeliest.
    """
    import numpy as np

    from core.learning.precision import evaluating
    from core.lenses.maps import as_maps, mosaic, tiles
    from core.models.staged import activations

    network = yield from opened(settings)
    pictures = np.array(read_one(settings.picture, network.preprocessing.size))[None]
    yield Artifact("picture", read_one(settings.picture, SHOWN)[None])
    with evaluating(network):
        given = activations(network, network.prepare(pictures), network.names)
    for name in network.names:
        maps = as_maps(given[name][0])
        first = min(settings.first, (len(maps) - 1) // MOST * MOST)
        some = maps[first : first + MOST]
        seen = tiles(some)
        yield Artifact(f"maps_{name}", mosaic(seen, ACROSS)[None])
        strongest = first + int(some[:EACH].flatten(1).amax(1).argmax())
        row = {"channels": len(maps), "first": first, "shown": len(some), "strongest": strongest}
        bright = {"signed": bool(some.min() < 0), "mean": round(float(seen.mean()) / 255, 4)}
        yield {"split": "stage", "stage": name, **row, **bright}
    names = class_names(settings, network)
    about = {"network": settings.network, "class": label_of(settings.picture), "classes": names}
    return {**about, "likeliest": likeliest(names, given[network.names[-1]][0])}


def likeliest(names: list[str], scores: Any) -> list[dict[str, Any]]:
    """The five, likeliest first."""
    if not names:
        return []
    best = scores.float().softmax(0).topk(min(LIKELIEST, len(names)))
    return [
        {"class": names[k], "probability": round(share, 4)}
        for share, k in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]
