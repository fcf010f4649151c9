"""Where a network looks: a map over the picture, by each method, for a class score.

What speaks for the class counts; a method whose sign says nothing of that, the gradients, gives its amount.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from core.learning.precision import evaluating
from core.lenses.backward import backward, integrated
from core.lenses.gradcam import gradcam
from core.lenses.lrp import relevance
from core.lenses.occlusion import occlusion, spread
from core.lenses.units import Unit
from core.models.staged import Staged


def cam(network: Staged, x: Tensor, unit: Unit, by_place: bool = False) -> Tensor:
    """Grad-CAM, or HiResCAM, enlarged to the picture."""
    return enlarged(gradcam(network, x, unit, by_place=by_place), x.shape[-1])


def enlarged(coarse: Tensor, size: int) -> Tensor:
    """(N, h, w) -> (N, size, size), bilinearly."""
    return F.interpolate(coarse[:, None], size=(size, size), mode="bilinear", align_corners=False)[:, 0]


def fall(network: Staged, x: Tensor, unit: Unit, grey: bool = False) -> Tensor:
    """By how much the probability of the class falls where a square hides the picture: of the picture's own mean
    colour, or grey, which is a thing that a network sees too.
    """
    size, maps = x.shape[-1], []
    side = square(size)
    for one in x.split(1):
        colour = None if grey else one.mean((2, 3))[0, :, None, None]
        ask = lambda some: network(some).softmax(1)[:, unit.channel]  # noqa: E731
        with evaluating(network):
            *_, (_, answers) = occlusion(one, ask, side, side // 2, colour)
            maps.append(spread((ask(one) - answers).clamp(min=0), size, side, side // 2))
    return torch.stack(maps)


def square(size: int) -> int:
    """The side, in pixels, of the square that hides: of a sixth and a quarter, a sixth found the toys more often."""
    return max(2, size // 6)


METHODS: dict[str, Callable[[Staged, Tensor, Unit], Tensor]] = {
    "gradcam": cam,
    "occlusion": fall,
    "hirescam": lambda network, x, unit: cam(network, x, unit, by_place=True),
    "occlusion_grey": lambda network, x, unit: fall(network, x, unit, grey=True),
    "gradient": lambda network, x, unit: backward(network, x, unit).abs().amax(1),
    "guided": lambda network, x, unit: backward(network, x, unit, "guided").abs().amax(1),
    "integrated": lambda network, x, unit: integrated(network, x, unit).sum(1).clamp(min=0),
    "lrp": lambda network, x, unit: relevance(network, x, unit).sum(1).clamp(min=0),
}


def heat(network: Staged, x: Tensor, unit: Unit, method: str) -> Tensor:
    """(N, 3, S, S), normalised -> (N, S, S), at least 0. `Refused`: a method that is not for this network."""
    return METHODS[method](network, x, unit).detach()
