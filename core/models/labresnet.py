"""LabResNet: a stem and three residual stages (He et al., arXiv:1512.03385), small enough to learn by itself, without
labels, in a minute of two cores: .3 million weights. In two halves, one sees how light a picture is, the other its
colours, and neither hears of the other (Zhang et al. 2017, arXiv:1611.09842).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.catalog import network_info
from core.models.labnet import MEAN, STD
from core.models.staged import Preprocessing, Stage, Staged

WIDTHS, HALVES = (32, 64, 128), 2
Norm = Callable[[int], nn.Module]  # of so many maps
# Linear sRGB to XYZ (IEC 61966-2-1), each divided by that of the white point D65.
TO_XYZ = (
    (0.412453 / 0.95047, 0.357580 / 0.95047, 0.180423 / 0.95047),
    (0.212671, 0.715160, 0.072169),
    (0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883),
)


class Block(nn.Module):
    """Two convolutions beside a shortcut, which is one of 1 × 1 where the shape changes."""

    def __init__(self, inputs: int, outputs: int, stride: int, groups: int = 1, norm: Norm = nn.BatchNorm2d):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, groups=groups, bias=False)
        self.norm1 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, groups=groups, bias=False)
        self.norm2 = norm(outputs)
        same = (inputs, stride) == (outputs, 1)
        self.shortcut = nn.Identity() if same else projection(inputs, outputs, stride, groups, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)"""
        changed = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(changed + self.shortcut(x))


def projection(inputs: int, outputs: int, stride: int, groups: int = 1, norm: Norm = nn.BatchNorm2d) -> nn.Sequential:
    """The shortcut where the shape changes."""
    conv = nn.Conv2d(inputs, outputs, 1, stride, groups=groups, bias=False)
    layers = {"conv": conv, "norm": norm(outputs)}
    return nn.Sequential(OrderedDict(layers))


def labresnet(name: str, classes: int, size: int = 32) -> Staged:
    """LabResNet for pictures of `size` pixels, its weights whatever the constructors drew."""
    first = WIDTHS[0]
    layers = {"conv": nn.Conv2d(3, first, 3, 2, 1, bias=False), "norm": nn.BatchNorm2d(first), "relu": nn.ReLU()}
    return _residual(name, classes, size, layers)


def split_labresnet(name: str, classes: int, size: int = 32) -> Staged:
    """LabResNet in two halves: of all maps the first half come of the lightness alone, the others of the colours."""
    conv = nn.Conv2d(4, WIDTHS[0], 3, 2, 1, groups=HALVES, bias=False)
    layers = {"lab": LightnessAndColours(), "conv": conv, "norm": nn.BatchNorm2d(WIDTHS[0]), "relu": nn.ReLU()}
    return _residual(name, classes, size, layers, HALVES)


class LightnessAndColours(nn.Module):
    """(N, 3, H, W) as the network sees pictures -> (N, 4, H, W): twice CIELAB's L, then a and b, in hundreds."""

    def forward(self, x: Tensor) -> Tensor:
        mean, std = (x.new_tensor(v).view(3, 1, 1) for v in (MEAN, STD))
        with torch.autocast(x.device.type, enabled=False):  # bfloat16 has no more than 256 shades
            lab = to_lab(x.float() * std + mean) / 100
        return torch.cat([lab[:, :1], lab], 1)


def to_lab(pixels: Tensor) -> Tensor:
    """sRGB (N, 3, H, W) in 0..255 -> CIELAB under D65: L 0..100, a and b some -100..100 (CIE 015:2018)."""
    share = (pixels / 255).clamp(0, 1)
    linear = torch.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    xyz = torch.einsum("ij,njhw->nihw", pixels.new_tensor(TO_XYZ), linear)
    f = torch.where(xyz > (6 / 29) ** 3, xyz.clamp(min=1e-6) ** (1 / 3), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return torch.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def _residual(name: str, classes: int, size: int, stem: dict[str, nn.Module], groups: int = 1) -> Staged:
    names, inputs = network_info(name).stages, WIDTHS[0]
    stages = {names[0]: Stage(OrderedDict(stem))}
    for k, width in enumerate(WIDTHS):
        stages[names[k + 1]] = Stage(OrderedDict(block=Block(inputs, width, 1 if k == 0 else 2, groups)))
        inputs = width
    head = OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), linear=nn.Linear(inputs, classes))
    return Staged(name, classes, {**stages, names[-1]: Stage(head)}, Preprocessing(MEAN, STD, size))
