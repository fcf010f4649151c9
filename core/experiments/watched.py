"""What the channels of a stage answer to a moving picture: a camera's, frame by frame (`see.deepvis`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.experiments.looked_at import Weights, opened
from core.models.catalog import network_info

SIDE, COLUMNS, ROWS = 128, 6, 4  # pixels a side that the network sees, if it takes any; channels beside the picture
Watch = Callable[[Any, str], Any]


def watcher(settings: Weights) -> Watch:
    """A function of a frame, uint8 (H, W, 3), and a stage, which gives the frame beside the stage's first channels,
    uint8 (256, 640, 3). Its network may be shared by several threads. It loads torch.
    """
    import numpy as np
    import torch
    from PIL import Image

    from core.learning.precision import evaluating
    from core.lenses.maps import TILE, as_maps, mosaic, tiles
    from core.models.staged import activations
    from core.worlds.decode import square

    torch.set_num_threads(1)
    network = at_hand(settings)
    info = network_info(settings.network)
    strides = dict(zip(info.stages, info.strides, strict=True))
    own = info.size if info.step > 1 or not info.sizes[0] <= SIDE <= info.sizes[1] else SIDE

    def answers(frame: Any, stage: str) -> Any:
        picture = Image.fromarray(frame)
        seen = square(picture, own if strides[stage] else info.size)
        with evaluating(network):
            given = activations(network, network.prepare(np.array(seen)[None]), [stage])[stage][0]
        grid = mosaic(tiles(as_maps(given)[: COLUMNS * ROWS]), COLUMNS)
        page = np.zeros((ROWS * TILE, (ROWS + COLUMNS) * TILE, 3), np.uint8)
        page[:, : ROWS * TILE] = square(picture, ROWS * TILE)
        page[: len(grid), ROWS * TILE :] = grid
        return page

    return answers


def at_hand(settings: Weights) -> Any:
    """The network; nobody watches it being fetched."""
    looking = opened(settings)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            return end.value
