"""Activation maximisation: begin with noise, and change the picture so that a unit answers ever more strongly.

Two ways. *Pixels* (Yosinski et al., arXiv:1506.06579): gradient steps, kept plain by four regularisers, each of which
can be left out to see what it was for. *Fourier* (Olah et al., distill.pub/2017/feature-visualization): the picture is
written in frequencies and decorrelated colours and is shifted before each step, which does the same in one stroke.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.lenses.backward import RULES, rectified
from core.lenses.units import looking
from core.models.staged import Staged, activations

# The colours of natural pictures, decorrelated: the square root of the covariance of ImageNet's pixels (Olah et al.).
COLOURS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
SHIFT = 4  # pixels, at most, between two steps
WAKING = 16  # steps in which the ReLUs let everything back, so that a unit that answers nothing to noise begins to
Units = Sequence[Sequence[int]]  # of each picture the channels that it is to excite


@dataclass(frozen=True)
class Regularisers:
    """What Yosinski et al. keep a picture plain with. `decay`: share lost a step. `blur`: standard deviation in pixels,
    every `every` steps. `small_norm`, `small_contribution`: share of the pixels, those with the smallest norm or the
    smallest |pixel x gradient|, that are set to the mean colour after each step.
    """

    decay: float = 0.0
    blur: float = 0.0
    every: int = 4
    small_norm: float = 0.0
    small_contribution: float = 0.0


PRESETS = {  # the four of the paper's table 1, in its order, and none of all
    "none": Regularisers(),
    "first": Regularisers(blur=0.5, every=4, small_norm=0.5),
    "second": Regularisers(decay=0.3, small_norm=0.2),
    "third": Regularisers(decay=0.0001, blur=1.0, every=4),
    "fourth": Regularisers(blur=0.5, every=4, small_contribution=0.9),
}


class Fourier(nn.Module):
    """Pictures in 0..1 from their frequencies, which a step changes all at the pace of natural pictures (1 / f)."""

    def __init__(self, n: int, size: int, seed: int):
        super().__init__()
        down, across = torch.fft.fftfreq(size)[:, None], torch.fft.rfftfreq(size)[None]
        self.scale = 1 / torch.maximum((down**2 + across**2).sqrt(), torch.tensor(1 / size))
        noise = torch.randn(n, 3, *self.scale.shape, 2, generator=torch.Generator().manual_seed(seed))
        self.spectrum = nn.Parameter(0.01 * noise)
        self.size = size

    def forward(self) -> Tensor:
        waves = torch.view_as_complex(self.spectrum) * self.scale.to(self.spectrum.device)
        planes = torch.fft.irfft2(waves, s=(self.size, self.size), norm="ortho")
        return torch.sigmoid(torch.einsum("nchw,dc->ndhw", planes, 2 * COLOURS.to(planes)))


Steps = Iterator[tuple[int, Tensor, Tensor]]


def fourier(
    network: Staged, stage: str, units: Units, size: int, steps: int = 96, seed: int = 0, rate: float = 0.05
) -> Steps:
    """A picture of `size` pixels for each of `units`, which excites these channels of `stage` together. Yields
    (step, (n, 3, size, size) in 0..255, (n,) how strongly), before the first step and after each.
    """
    chance = torch.Generator().manual_seed(seed)
    image = Fourier(len(units), size, seed).to(network.device)
    optimiser = torch.optim.Adam(image.parameters(), lr=rate)
    with looking(network):
        for step in range(steps + 1):
            pixels = 255 * image()
            moved = _moved(pixels, chance)
            with awake(network, step):
                goal = mean_of(activations(network, network.normalise(moved), [stage])[stage], units)
                yield step, pixels.detach(), goal.detach()
                optimiser.zero_grad()
                (-goal.sum()).backward()
            optimiser.step()


def pixels(
    network: Staged,
    stage: str,
    units: Units,
    size: int,
    kept: Regularisers,
    steps: int = 200,
    seed: int = 0,
    rate: float = 1.0,
) -> Steps:
    """The same by plain gradient steps under the regularisers `kept`; `rate` in standard deviations of the pixels."""
    noise = torch.randn(len(units), 3, size, size, generator=torch.Generator().manual_seed(seed))
    x = (0.3 * noise).to(network.device)  # normalised
    low, high = (network.normalise(torch.full((1, 3, 1, 1), level, device=x.device)) for level in (0.0, 255.0))
    with looking(network):
        for step in range(steps + 1):
            x.requires_grad_()
            with awake(network, step):
                goal = mean_of(activations(network, x, [stage])[stage], units)
                gradient = torch.autograd.grad(goal.sum(), x)[0]
            x = x.detach()
            yield step, seen(network, x), goal.detach()
            pace = gradient.abs().mean((1, 2, 3), keepdim=True).clamp(min=1e-12)
            x = regularised(x + 0.02 * rate * gradient / pace, gradient, kept, step).clamp(low, high)


def awake(network: nn.Module, step: int) -> contextlib.AbstractContextManager[None]:
    """While this lasts, the gradient of the first steps passes ReLUs that are off, too."""
    return rectified(network, (lambda gradient, above: above) if step < WAKING else RULES["gradient"])


def regularised(x: Tensor, gradient: Tensor, kept: Regularisers, step: int) -> Tensor:
    """(N, 3, H, W) after a step, plainer."""
    x = x * (1 - kept.decay)
    if kept.blur and (step + 1) % kept.every == 0:
        x = blurred(x, kept.blur)
    if kept.small_norm:
        x = _without(x, x.norm(dim=1), kept.small_norm)
    if kept.small_contribution:
        x = _without(x, (x * gradient).sum(1).abs(), kept.small_contribution)
    return x


def _without(x: Tensor, of: Tensor, share: float) -> Tensor:
    """The `share` of the pixels with the smallest `of` (N, H, W) become 0."""
    edge = of.flatten(1).quantile(share, dim=1)[:, None, None]
    return x * (of >= edge)[:, None]


def blurred(x: Tensor, sigma: float) -> Tensor:
    """A Gaussian of `sigma` pixels over (N, 3, H, W)."""
    reach = max(1, math.ceil(3 * sigma))
    bell = torch.exp(-(torch.arange(-reach, reach + 1, device=x.device) ** 2) / (2 * sigma**2))
    bell = (bell / bell.sum()).to(x).expand(3, 1, 1, -1)
    x = F.conv2d(F.pad(x, (reach, reach, 0, 0), mode="replicate"), bell, groups=3)
    return F.conv2d(F.pad(x, (0, 0, reach, reach), mode="replicate"), bell.transpose(2, 3), groups=3)


def mean_of(given: Tensor, units: Units) -> Tensor:
    """(N,): how strongly the channels units[k] answer to picture k, a mean over them and over all places."""
    by_channel = given.transpose(1, 2) if given.ndim == 3 else given
    return torch.stack([one[list(channels)].mean() for one, channels in zip(by_channel, units, strict=True)])


def seen(network: Staged, x: Tensor) -> Tensor:
    """Normalised (N, 3, H, W) -> 0..255."""
    mean, std = (x.new_tensor(v).view(3, 1, 1) for v in (network.preprocessing.mean, network.preprocessing.std))
    return (x * std + mean).clamp(0, 255)


def _moved(pixels: Tensor, chance: torch.Generator) -> Tensor:
    """All pictures by the same few pixels, so that no edge of the grid is rewarded."""
    down, across = (int(v) for v in torch.randint(-SHIFT, SHIFT + 1, (2,), generator=chance))
    return pixels.roll((down, across), (2, 3))
