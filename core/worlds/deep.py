"""Pictures of more than 8 bits a pixel (cameras, microscopes, maps of heights) as 8 bits, to be looked at."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

OUTLIERS = 0.001  # of the values at either end
APART = 2  # times the range of all others
SAMPLED = 250_000  # values


def is_deep(image: Image.Image) -> bool:
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def greys_of(image: Image.Image) -> tuple[float, float]:
    """The values that become black and white in a picture of more than 8 bits."""
    if not is_deep(image):
        return 0.0, 255.0
    if image.mode != "F":
        low, high = np.array(image.getextrema(), np.int64).tolist()
        if low >= 0 and high <= 65535:
            return 0.0, 2.0 ** max(8, high.bit_length()) - 1
    return _range(_sampled(image))


def _sampled(image: Image.Image) -> np.ndarray:
    """About `SAMPLED` finite values of a picture, in order of size; by strips, so that only the original is large."""
    step = max(1, math.isqrt(image.width * image.height // SAMPLED))
    strips = [image.crop((0, top, image.width, min(top + 64, image.height))) for top in range(0, image.height, 64)]
    values = np.concatenate([np.asarray(strip, np.float64)[::step, ::step].ravel() for strip in strips])
    return np.sort(values[np.isfinite(values)])


def _range(values: np.ndarray) -> tuple[float, float]:
    """(black, white) for values in order of size: all but the outermost `OUTLIERS` of them at either end.

    A value for "no data" does not count: one that is repeated, and lies further from all others than `APART` times
    their range, as -9999 does below heights from 0 to 3000.
    """
    for _ in range(2):  # at the lower end, and with the signs turned at the upper one
        rest = values[np.searchsorted(values, values[0], "right") :] if values.size else values
        if rest.size and len(values) - len(rest) > 1 and rest[0] - values[0] > APART * (rest[-1] - rest[0]) > 0:
            values = rest
        values = -values[::-1]
    if not values.size:
        return 0.0, 255.0
    low, high = np.quantile(values, [OUTLIERS, 1 - OUTLIERS])
    return (float(low), float(high)) if high > low else (float(values[0]), float(values[-1]))


def eight_bits(image: Image.Image, greys: tuple[float, float]) -> Image.Image:
    """As RGB, from black to white as `greys_of` the whole picture says; NaN is black."""
    low, high = greys
    if image.mode != "F" and low == 0 and (int(high) + 1).bit_count() == 1:
        grey = np.asarray(image).astype(np.uint32) >> (int(high).bit_length() - 8)
    else:
        values = np.nan_to_num(np.asarray(image, np.float32), nan=low, posinf=high, neginf=low)
        grey = np.clip((values - low) * (255 / max(high - low, 1e-12)), 0, 255)
    return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
