"""Random changes of training pictures, each picture its own, a whole batch in a few tensor operations.

Crop: Inception's random resized crop (arXiv:1409.4842). Colour: SimCLR's jitter (arXiv:2002.05709) as one affine map
of the three channels a picture. What is known of places (masks, flow, boxes) moves with the picture by the same chance.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from core.runs.settings import Refused

DRAWS = 12  # uniform numbers a picture; every kind reads its own columns, so that flips agree between kinds
MIRROR, AREA, ASPECT, ACROSS, DOWN, JITTER, BRIGHT, CONTRAST, SATURATE, HUE, GREY, BLUR = range(DRAWS)
SMALLEST_AREA, SMALL = 0.5, 0.2  # of the picture, the smallest window for labelled pictures, and for views
SIGMAS = (0.1, 2.0)  # pixels
LUMA = (0.299, 0.587, 0.114)


def draws(n: int, generator: torch.Generator) -> Tensor:
    """(n, DRAWS) uniform in [0, 1): all the chance that one batch needs."""
    return torch.rand(n, DRAWS, generator=generator)


def mirrored(drawn: Tensor) -> Tensor:
    """(N,) bool: which pictures are flipped left to right."""
    return drawn[:, MIRROR] < 0.5


def unchanged(pixels: Tensor, drawn: Tensor) -> Tensor:
    return pixels


def flip(pixels: Tensor, drawn: Tensor) -> Tensor:
    """Half of the pictures left to right."""
    return torch.where(mirrored(drawn)[:, None, None, None], pixels.flip(3), pixels)


def crop(pixels: Tensor, drawn: Tensor, smallest: float = SMALLEST_AREA) -> Tensor:
    """A window of `smallest`..1 of the area, 3:4 to 4:3, scaled to the full picture; half of them mirrored."""
    pixels = pixels.float()
    where = _grid(_window(drawn, smallest), pixels)
    return F.grid_sample(pixels, where, mode="bilinear", padding_mode="border", align_corners=False)


def _window(drawn: Tensor, smallest: float) -> Tensor:
    """(4, N): across, down, right, low. What is seen at (x, y) was at (across * x + right, down * y + low); pictures
    span -1..1, and across is negative where they are mirrored.
    """
    area = smallest + (1 - smallest) * drawn[:, AREA]
    stretch = torch.exp((2 * drawn[:, ASPECT] - 1) * math.log(4 / 3) / 2)
    width = (area.sqrt() * stretch).clamp(max=1)
    height = (area.sqrt() / stretch).clamp(max=1)
    right, low = (2 * drawn[:, ACROSS] - 1) * (1 - width), (2 * drawn[:, DOWN] - 1) * (1 - height)
    return torch.stack([torch.where(mirrored(drawn), -width, width), height, right, low])


def _grid(window: Tensor, pixels: Tensor) -> Tensor:
    """(N, H, W, 2): where each pixel (x, y) of the new pictures lies in the old ones `pixels` (N, C, H, W)."""
    across, down, right, low = window[:, :, None]  # (N, 1) each
    grid = pixels.new_empty(len(pixels), pixels.shape[2], pixels.shape[3], 2, dtype=torch.float32)
    grid[..., 0] = (across * _centres(pixels.shape[3], grid) + right)[:, None, :]
    grid[..., 1] = (down * _centres(pixels.shape[2], grid) + low)[:, :, None]
    return grid


def _centres(n: int, like: Tensor) -> Tensor:
    """The centres of n pixels across a picture that spans -1..1."""
    return (2 * torch.arange(n, dtype=like.dtype, device=like.device) + 1) / n - 1


def small_crop(pixels: Tensor, drawn: Tensor) -> Tensor:
    """`crop` from a fifth of the area up."""
    return crop(pixels, drawn, SMALL)


def colour(pixels: Tensor, drawn: Tensor) -> Tensor:
    """`small_crop`, then `jitter` of what it left: SimCLR's views, but for the blur."""
    return _recoloured(small_crop(pixels, drawn), drawn)


def jitter(pixels: Tensor, drawn: Tensor) -> Tensor:
    """Half of the pictures mirrored; of four in five, other colours; one in five grey.

    Brightness, contrast and saturation change by up to 40 %, the hue by up to a tenth of the circle (a turn
    about the grey axis, which is linear and so cheaper than HSV's).
    """
    return _recoloured(flip(pixels, drawn).float(), drawn)


def blur(pixels: Tensor, drawn: Tensor) -> Tensor:
    """`colour`, and then half of them blurred by a Gaussian of 0.1 to 2 pixels: MoCo v2's aug+ (arXiv:2003.04297)."""
    pixels = colour(pixels, drawn)
    n, channels, height, width = pixels.shape
    sigma = SIGMAS[0] + (SIGMAS[1] - SIGMAS[0]) * 2 * drawn[:, BLUR].clamp(max=0.5)
    taps = torch.arange(-3, 4, dtype=drawn.dtype, device=drawn.device)
    kernels = torch.exp(-(taps**2) / (2 * sigma[:, None] ** 2))
    kernels = torch.where(drawn[:, BLUR, None] < 0.5, kernels, (taps == 0).to(kernels))
    kernels = (kernels / kernels.sum(1, keepdim=True)).repeat_interleave(channels, 0)  # (N * 3, 7)
    spread = F.pad(pixels.reshape(1, n * channels, height, width), (3, 3, 3, 3), mode="replicate")
    across = F.conv2d(spread, kernels[:, None, None], groups=n * channels)
    return F.conv2d(across, kernels[:, None, :, None], groups=n * channels).view_as(pixels)


def _recoloured(pixels: Tensor, drawn: Tensor) -> Tensor:
    pixels = pixels.contiguous()
    matrix, bright, contrast = _colour_matrix(drawn)
    level = bright * (pixels.mean((2, 3)) @ pixels.new_tensor(LUMA))  # (N,) mean luminance after the brightness
    offset = ((1 - contrast) * level)[:, None, None]
    mixed = torch.baddbmm(offset, matrix * (bright * contrast)[:, None, None], pixels.flatten(2))
    return mixed.clamp_(0, 255).view_as(pixels)


def _colour_matrix(drawn: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(N, 3, 3) saturation, hue and grey in one; (N,) factors of brightness and contrast."""
    on = (drawn[:, JITTER] < 0.8).to(drawn.dtype)
    spread = 0.8 * drawn[:, [BRIGHT, CONTRAST, SATURATE]] - 0.4
    bright, contrast, saturate = (1 + on[:, None] * spread).unbind(1)
    saturate = torch.where(drawn[:, GREY] < 0.2, torch.zeros_like(saturate), saturate)
    angle = on * (drawn[:, HUE] - 0.5) * 0.2 * 2 * math.pi
    luma = drawn.new_tensor(LUMA).expand(3, 3)  # every row the luminance: maps a colour to its grey
    axis = drawn.new_tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    identity = torch.eye(3, dtype=drawn.dtype, device=drawn.device)
    turn = (  # Rodrigues: a turn about the grey axis
        identity + angle.sin()[:, None, None] * axis + (1 - angle.cos())[:, None, None] * (axis @ axis)
    )
    chroma = turn @ (identity - luma)
    return luma + saturate[:, None, None] * chroma, bright, contrast


AUGMENTATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "none": unchanged,
    "flip": flip,
    "crop": crop,
    "small_crop": small_crop,
    "jitter": jitter,
    "colour": colour,
    "blur": blur,
}
AREAS = {"crop": SMALLEST_AREA, "small_crop": SMALL, "colour": SMALL, "blur": SMALL}


def augment(pixels: Tensor, kind: str, drawn: Tensor) -> Tensor:
    """(N, 3, H, W) in 0..255, uint8 or float -> the same, changed as `kind` says by the chance `drawn` (N, DRAWS)."""
    return AUGMENTATIONS[check(kind)](pixels, drawn.to(pixels.device))


def window(kind: str, drawn: Tensor) -> Tensor:
    """(4, N): where `augment` of that kind looks (see `_window`); what is known of places moves along with it."""
    if check(kind) in AREAS:
        return _window(drawn, AREAS[kind])
    across = torch.ones(len(drawn)) if kind == "none" else torch.where(mirrored(drawn), -1.0, 1.0)
    return torch.stack([across, torch.ones(len(drawn)), torch.zeros(len(drawn)), torch.zeros(len(drawn))])


def move_masks(masks: Tensor, kind: str, drawn: Tensor) -> Tensor:
    """(N, H, W) of any type -> the same, moved as `augment` moves the pictures; each pixel takes its nearest."""
    maps = masks[:, None].float()
    where = _grid(window(kind, drawn).to(masks.device), maps)
    moved = F.grid_sample(maps, where, mode="nearest", padding_mode="border", align_corners=False)
    return moved[:, 0].to(masks.dtype)


def move_flow(flow: Tensor, kind: str, drawn: Tensor) -> Tensor:
    """(N, 2, H, W) pixels to the right and down -> the same, moved, stretched and mirrored with the pictures."""
    looked = window(kind, drawn).to(flow)
    moved = F.grid_sample(flow, _grid(looked, flow), mode="bilinear", padding_mode="border", align_corners=False)
    return moved / looked[:2].T[:, :, None, None]


def move_boxes(boxes: Tensor, kind: str, drawn: Tensor) -> Tensor:
    """(N, 4) left, top, right, bottom as shares of the picture -> the same, moved and cut off at its edges."""
    across, down, right, low = window(kind, drawn).to(boxes)
    scale, shift = torch.stack([across, down], 1)[:, None], torch.stack([right, low], 1)[:, None]  # (N, 1, 2)
    corners = ((2 * boxes.view(-1, 2, 2) - 1 - shift) / scale + 1) / 2
    return corners.sort(1).values.clamp(0, 1).flatten(1)


def check(kind: str) -> str:
    if kind not in AUGMENTATIONS:
        raise Refused("augment", kind, f"one of {', '.join(AUGMENTATIONS)}.")
    return kind
