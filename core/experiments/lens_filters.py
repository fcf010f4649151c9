"""What did the first layer learn? The filters of a stage's first convolution: as colours where it reads the picture,
else of one channel a tile an input channel (`see.deconvnet`; Krizhevsky et al. 2012, figure 3).
"""

from __future__ import annotations

import dataclasses
from typing import Annotated

from core.experiments.looked_at import Weights, opened
from core.runs.artifacts import Artifact
from core.runs.settings import Help, Range, Refused
from core.runs.spec import Course, experiment

ACROSS, SIDE = 16, 36  # tiles in a row, pixels a side


@dataclasses.dataclass(frozen=True)
class LensFilters(Weights):
    stage: Annotated[str, Help("a stage of convolutions")] = "conv1"
    channel: Annotated[int, Range(0, 100_000), Help("whose filter, of a stage that does not read the picture")] = 0


@experiment(LensFilters, version=1, data=lambda settings: "", quick=True)
def lens_filters(settings: LensFilters) -> Course:
    """A row a tile: its norm. The artifact `filters` has all tiles, ACROSS in a row; they share one stretch, grey is 0.

    `Refused`: a stage without convolutions, no such channel.
    """
    import torch.nn.functional as F
    from torch import nn

    from core.lenses.maps import mosaic
    from core.lenses.sheets import in_grey

    network = yield from opened(settings)
    stage = network.stage(settings.stage)
    layer = next((module for module in stage.modules() if isinstance(module, nn.Conv2d)), None)
    if layer is None:
        raise Refused("stage", settings.stage, "it has no convolutions, so no filters that can be drawn.")
    weights = layer.weight.detach().float().cpu()
    if reads := weights.shape[1] == 3:
        some = weights
    elif settings.channel < len(weights):
        some = weights[settings.channel][:, None]
    else:
        raise Refused("channel", settings.channel, f"{settings.stage} has filters 0 to {len(weights) - 1}.")
    large = F.interpolate(some, SIDE, mode="nearest-exact").expand(-1, 3, -1, -1)
    yield Artifact("filters", mosaic(in_grey(large), ACROSS)[None])
    for k, norm in enumerate(some.flatten(1).norm(dim=1).tolist()):
        yield {"split": "filter", "filter": k, "norm": round(norm, 4)}
    return {"kernel": list(weights.shape[2:]), "reads_the_picture": reads, "filters": len(weights)}
