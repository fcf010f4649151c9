"""From the bytes of a picture file to upright RGB pixels of a bounded size. Whatever is wrong becomes `Unusable`.

Files come from strangers: the header decides before any pixel is decoded, the content decides and not the extension,
and only formats with plain decoders are tried.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import threading
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from PIL import (  # each plugin makes itself known to Image.open
    BmpImagePlugin,  # noqa: F401
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,  # noqa: F401
)

from core.worlds.deep import eight_bits, greys_of, is_deep

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
JPEGS = ("JPEG", "MPO")  # MPO: several JPEGs in one file, as many phones write them
READABLE = "JPEG, PNG, GIF, WebP, BMP and TIFF are read here"
MOST_PIXELS = 50_000_000
LEAST_SIDE = 4  # pixels
MOST_STRETCHED = 20  # long side / short side
BYTES = {"WEBP": 16, "JPEG": 8, "MPO": 8}  # a pixel, at most, while it is decoded: progressive CMYK, an animation
OTHERS = 6  # bytes a pixel: 32-bit TIFF
MOST_BYTES_AT_ONCE = 800_000_000  # which one picture of the largest size may take
HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}  # brands of a file
AVIF = {b"avif", b"avis"}
TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
BITS, BANDS = 258, 277  # tags of a TIFF
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
EXIF_ORIENTATION = 0x0112
SHARP = 3  # times more pixels than wanted leave nothing to see of a draft
LEAST, MOST = 5 / 6, 5 / 4  # short sides near enough to the one wanted: a second resize costs more than it gives

# glibc gives memory back at once only in pieces larger than 32 MiB. In Pillow's own blocks of 16 MiB each thread keeps
# a quarter of a gigabyte of a large WebP that is long gone (nine large pictures in turns took 991 MB; so, 820 MB).
Image.core.set_block_size(64 << 20)
_memory = threading.Condition()
_taken = 0  # bytes, by the pictures that are being decoded now
# What Pillow warns about (odd metadata, many pixels) is either refused here by name or harmless.
warnings.filterwarnings("ignore", module=r"PIL\.")

In = TypeVar("In")
Out = TypeVar("Out")


class Unusable(Exception):
    """A file that is no usable picture; the message is the reason, in words for the person who brought it."""


def opened(data: bytes) -> Image.Image:
    """The picture with its header read and nothing decoded. Raises `Unusable`."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise Unusable(_unknown(data)) from None
    except Image.DecompressionBombError:
        raise Unusable(f"more than {MOST_PIXELS // 10**6} megapixels") from None
    except Exception as error:  # a broken header makes Pillow raise nearly anything
        raise Unusable("the file is broken") from error
    width, height = image.size
    if width * height > MOST_PIXELS:
        megapixels = math.ceil(width * height / 1e5) / 10
        raise Unusable(f"{megapixels:g} megapixels; at most {MOST_PIXELS // 10**6} can be used")
    if min(width, height) < LEAST_SIDE:
        raise Unusable(f"only {width} × {height} pixels")
    if max(width, height) > MOST_STRETCHED * min(width, height):
        raise Unusable(f"{width} × {height} pixels, more than {MOST_STRETCHED} times as long as wide")
    return image


def _unknown(data: bytes) -> str:
    if not data:
        return "the file is empty"
    if data[4:8] == b"ftyp":
        brands = {data[at : at + 4] for at in range(8, min(64, int.from_bytes(data[:4], "big")), 4)}
        for name, known in (("AVIF", AVIF), ("HEIC", HEIF)):
            if brands & known:
                return f"{name} is not read here; save it as JPEG"
    if data.startswith(TIFFS):
        return _unknown_tiff(data)
    return f"not a picture ({READABLE})"


def _unknown_tiff(data: bytes) -> str:
    """What is in a TIFF that Pillow does not know."""
    try:
        tags = TiffImagePlugin.ImageFileDirectory_v2(data[:8] if data[2:3] == b"*" or data[3:4] == b"*" else data[:16])
        file = io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        bits = tags.get(BITS, (1,))
        return f"a TIFF of {tags.get(BANDS, 1)} × {max(bits)} bits a pixel is not read here; save it as PNG or JPEG"
    except Exception:  # a broken table of tags makes Pillow raise nearly anything
        return "the file is broken"


def decoded(image: Image.Image, short: int) -> Image.Image:
    """An `opened` picture as upright RGB, its short side about `short` pixels or less. Raises `Unusable`.

    JPEGs are decoded at 1/2, 1/4 or 1/8 of their size where that leaves `LEAST` of `short`; what is then more than
    `MOST` of it is resized, antialiased. Of an animation the first frame is taken; transparency becomes white.

    More than 8 bits become 8: whole numbers up to 65535 by the fewest bits that hold the largest of them (a camera's 12
    bits in a file of 16), all other numbers by their own range (`deep.py`).
    """
    try:
        return _upright_rgb(image, short)
    except Exception as error:  # broken pixels make Pillow raise nearly anything
        raise Unusable("the file is broken or cut off") from error


def _drafted(image: Image.Image, least: float) -> tuple[float, float]:
    """Decode a picture; a JPEG at 1/2, 1/4 or 1/8 of its size where its short side stays at least `least` pixels.

    Returns the (width, height) that it then has, in fractions of a pixel: the last column and row of a draft may hold
    less than a whole one.
    """
    scale = least / min(image.size)
    wanted = (math.ceil(image.width * scale), math.ceil(image.height * scale))
    drafted = image.draft(None, wanted) if scale < 1 else None
    image.load()  # which may turn a TIFF
    return drafted[1][2:] if drafted else image.size


@contextlib.contextmanager
def within_memory(header: Image.Image) -> Iterator[None]:
    """Wait until there is room to decode the `opened` picture beside those being decoded; let go of it inside."""
    global _taken
    wanted = header.width * header.height * BYTES.get(header.format or "", OTHERS)
    with _memory:
        _memory.wait_for(lambda: _taken == 0 or _taken + wanted <= MOST_BYTES_AT_ONCE)
        _taken += wanted
    try:
        yield
    finally:
        with _memory:
            _taken -= wanted
            _memory.notify_all()


def _upright_rgb(image: Image.Image, short: int) -> Image.Image:
    width, height = _drafted(image, LEAST * short)
    turn = UPRIGHT.get(orientation(image))
    factor = max(1, min(image.size) // (2 * short))
    image = _averaged(image, factor) if factor > 1 else _rgb(image, greys_of(image))
    width, height = width / factor, height / factor
    scale = short / min(image.size)
    if scale * MOST < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC, box=(0, 0, width, height))
    return image.transpose(turn) if turn is not None else image


def _averaged(image: Image.Image, factor: int) -> Image.Image:
    """As RGB, each pixel the mean of `factor` × `factor`; strip by strip, so that only the original is large."""
    greys, step = greys_of(image), 64 * factor
    small = Image.new("RGB", (math.ceil(image.width / factor), math.ceil(image.height / factor)))
    for top in range(0, image.height, step):
        strip = image.crop((0, top, image.width, min(top + step, image.height)))
        small.paste(_rgb(strip, greys).reduce(factor), (0, top // factor))
    return small


def orientation(image: Image.Image) -> int:
    """1 to 8 as EXIF has it; 1, upright, where the metadata are missing or broken."""
    try:
        return int(image.getexif().get(EXIF_ORIENTATION, 1))
    except Exception:  # broken metadata do not make a picture unusable
        return 1


def _rgb(image: Image.Image, greys: tuple[float, float]) -> Image.Image:
    if is_deep(image):
        return eight_bits(image, greys)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        alpha = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(alpha, mask=alpha.getchannel("A"))
    return image if image.mode == "RGB" else image.convert("RGB")


def square(image: Image.Image, size: int) -> np.ndarray:
    """A picture, decoded or not → uint8 RGB (size, size, 3): short side to `size`, centre cut out."""
    width, height = _drafted(image, SHARP * size)
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BICUBIC, box=box))


def fitted(image: Image.Image, size: int) -> np.ndarray:
    """A picture, decoded or not → uint8 RGB (h, w, 3): the whole of it, its long side scaled to `size`."""
    scale = size / max(image.size)
    shape = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    extent = _drafted(image, SHARP * min(shape))
    return np.asarray(image.convert("RGB").resize(shape, Image.Resampling.BICUBIC, box=(0, 0, *extent)))


def cores() -> int:
    """How many threads decode at once: Pillow releases the interpreter's lock."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(8, usable or 1))


def in_order(function: Callable[[In], Out], items: Iterable[In], ahead: int = 2) -> Generator[Out, None, None]:
    """`map` over threads, results in order, at most `ahead` items a thread begun and not yet taken: memory is flat.

    Closed early, it drops what has not begun and waits for what has.
    """
    threads = cores()
    pending: deque[Future[Out]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="pictures")
    try:
        for item in items:
            pending.append(pool.submit(function, item))
            if len(pending) >= ahead * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
