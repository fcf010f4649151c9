"""Zips and pictures as no program should write them, drawn by hypothesis from a grammar of what can be wrong."""

from __future__ import annotations

import dataclasses
import functools
import struct
import zlib

import numpy as np
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from tests.worlds.drawn import classes, encoded, picture

PAIR = classes({"cats": 3, "dogs": 3})
STORED, DEFLATED = 0, 8
ENCRYPTED, UTF8 = 1, 0x800
LINK = 0o120777 << 16


@dataclasses.dataclass(frozen=True)
class Entry:
    """A file of a zip. What is None is told truly; what is not is what the zip says instead."""

    name: bytes
    data: bytes
    method: int = DEFLATED
    flags: int = UTF8
    attributes: int = 0
    extra: bytes = b""
    says_method: int | None = None
    says_name: bytes | None = None  # in front of the data, where the table of contents has `name`
    says_crc: int | None = None
    says_size: int | None = None
    says_packed: int | None = None
    says_offset: int | None = None
    keeps: int | None = None  # bytes of the packed data that are there


def packed(data: bytes, method: int) -> bytes:
    if method != DEFLATED:
        return data
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush()


def told(value: int | None, true: int) -> int:
    return (true if value is None else value) & 0xFFFFFFFF


def zipped_by_hand(entries: list[Entry], zip64: bool = False, count: int | None = None) -> bytes:
    """The bytes of a zip that says of its entries what they want said; `count` is how many it says there are."""
    out, table = bytearray(), bytearray()
    for entry in entries:
        body = packed(entry.data, entry.method)
        method = entry.method if entry.says_method is None else entry.says_method
        crc, size = told(entry.says_crc, zlib.crc32(entry.data)), told(entry.says_size, len(entry.data))
        about = struct.pack("<HHHHIII", entry.flags, method, 0, 33, crc, told(entry.says_packed, len(body)), size)
        local = entry.name if entry.says_name is None else entry.says_name
        offset = told(entry.says_offset, len(out))
        out += (
            b"PK\3\4" + struct.pack("<H", 20) + about + struct.pack("<HH", len(local), 0) + local + body[: entry.keeps]
        )
        table += b"PK\1\2" + struct.pack("<HH", 0x0314, 20) + about
        table += struct.pack("<HHHHHII", len(entry.name), len(entry.extra), 0, 0, 0, entry.attributes, offset)
        table += entry.name + entry.extra
    start, number = len(out), len(entries) if count is None else count
    out += table
    if zip64:
        at = len(out)
        out += b"PK\6\6" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, number, number, len(table), start)
        out += b"PK\6\7" + struct.pack("<IQI", 0, at, 1)
        return bytes(out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    return bytes(
        out + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, number & 0xFFFF, number & 0xFFFF, len(table), start, 0)
    )


# ---- pictures -------------------------------------------------------------------------------------------------------

MODES = ("RGB", "L", "1", "P", "RGBA", "LA", "CMYK", "I;16", "I", "F", "YCbCr")
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "MPO")
OPTIONS = {
    "JPEG": ({}, {"progressive": True}, {"quality": 5}, {"subsampling": 0}, {"restart_marker_blocks": 1}),
    "PNG": ({}, {"compress_level": 0}, {"bits": 2}),
    "WEBP": ({}, {"lossless": True}, {"quality": 5}),
    "TIFF": ({}, {"compression": "tiff_lzw"}, {"compression": "tiff_adobe_deflate"}, {"compression": "packbits"}),
}
SIZES = ((40, 32), (64, 64), (4, 4), (50, 9), (640, 480), (40, 33), (300, 8), (1, 1))
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
JUNK = (b"", b"text", b"GIF89a", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"BM", b"II*\0", HEIC)


@functools.cache
def of_mode(mode: str, size: tuple[int, int]) -> Image.Image:
    image = picture(sum(size), size)
    if mode not in ("I;16", "I", "F"):
        return image.quantize(16) if mode == "P" else image.convert(mode)
    grey = np.asarray(image.convert("L"))
    return Image.fromarray({"I;16": grey.astype(np.uint16) * 257, "I": grey.astype(np.int32) * 9000,
                            "F": np.where(grey < 9, np.nan, grey).astype(np.float32)}[mode])  # fmt: skip


@functools.cache
def written(format: str, mode: str, size: tuple[int, int], option: int, about: bytes, frames: int) -> bytes | None:
    """A whole picture with `about` as its metadata; None where the format has no such mode."""
    options = dict(OPTIONS.get(format, ({},))[option % len(OPTIONS.get(format, ({},)))])
    image = of_mode(mode, size)
    if about and format in ("JPEG", "PNG", "WEBP"):
        options |= {"exif": b"Exif\0\0" + about, "icc_profile": about}
    if about and format == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "x" * 3000, zip=True)
    if frames > 1 and format in ("GIF", "WEBP", "TIFF", "PNG", "MPO"):
        options |= {"save_all": True, "append_images": [image.transpose(Image.Transpose.ROTATE_180)] * (frames - 1)}
    try:
        return encoded(image, format, **options)
    except (OSError, ValueError, KeyError, struct.error):
        return None


# format → where its header says how large it is: offset and form of (width, height)
SAYS_SIZE = {"PNG": (16, ">II"), "GIF": (6, "<HH"), "BMP": (18, "<ii")}


def lying(data: bytes, format: str, width: int, height: int) -> bytes:
    """The same file with other dimensions in its header, in a PNG under a right checksum."""
    if format in ("JPEG", "MPO"):
        at = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
        return data[: at + 5] + struct.pack(">HH", height & 0xFFFF, width & 0xFFFF) + data[at + 9 :] if at > 0 else data
    if format not in SAYS_SIZE or len(data) < 33:
        return data
    at, form = SAYS_SIZE[format]
    mask = 0xFFFF if "H" in form else 0x7FFFFFFF
    changed = bytearray(data)
    changed[at : at + struct.calcsize(form)] = struct.pack(form, width & mask, height & mask)
    if format == "PNG":
        changed[29:33] = struct.pack(">I", zlib.crc32(changed[12:29]))
    return bytes(changed)


ABOUT = [b"", b"", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0", b"II*\0\xff\xff\xff\xff", b"x" * 900]
SIDES = st.sampled_from([0, 1, 3, 39, 41, 5000, 7000, 10_001, 65_535, 2**31 - 1])


@st.composite
def pictures(draw: st.DrawFn) -> bytes:
    """The bytes of a file that is a picture, was one, or never was."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(JUNK)) + draw(st.binary(max_size=60))
    format, mode, size = (draw(st.sampled_from(options)) for options in (FORMATS, MODES, SIZES))
    option, about, frames = draw(st.integers(0, 4)), draw(st.sampled_from(ABOUT)), draw(st.sampled_from([1, 1, 3]))
    data = written(format, mode, size, option, about, frames) or written(format, "RGB", size, 0, b"", 1) or b""
    for wrong in draw(st.lists(st.sampled_from(["cut", "spoil", "lie", "append", "insert"]), max_size=2)):
        at = draw(st.integers(0, min(len(data), 700)))
        piece = draw(st.binary(min_size=1, max_size=8))
        data = {
            "cut": data[: draw(st.integers(0, len(data)))],
            "lie": lying(data, format, draw(SIDES), draw(SIDES)),
            "append": data + piece * 99,
            "spoil": data[:at] + piece + data[at + len(piece) :],
            "insert": data[:at] + piece + data[at:],
        }[wrong]
    return data


# ---- zips -----------------------------------------------------------------------------------------------------------

FOLDERS = [
    "cats/",
    "dogs/",
    "Cats/",
    "owls/",
    "",
    "train/cats/",
    "test/dogs/",
    "a/b/c/d/e/",
    "cats\\",
    "./cats/",
    "cats//",
]
FILES = [
    "1.jpg",
    "1.JPG",
    "x",
    ".hidden",
    "Thumbs.db",
    "猫.png",
    "cafe\u0301.jpg",
    "a\nb.jpg",
    "\u202egpj.exe",
    "con.jpg",
]
FILES += ["n" * 300, "a b .jpg", "-rf", "%2e%2e.jpg", "é\udcff.jpg", "%s%n.gif", "<b>.jpg", "\x1b[31m.png"]
EVIL = [
    "../up.jpg",
    "cats/../../up.jpg",
    "/etc/passwd",
    "C:/x.jpg",
    "..\\up.jpg",
    "\\\\server\\x.jpg",
    "cats/..",
    "\0.jpg",
]
LIES = st.sampled_from([0, 1, 10, 40, 99_999_999, 3_000_000_000, 2**32 - 1])
NESTED = zipped_by_hand([Entry(name.encode(), data) for name, data in PAIR.items()])


def says(**what: st.SearchStrategy) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(what)


ODD = st.one_of(  # each changes an `Entry`
    says(flags=st.just(ENCRYPTED)),
    says(attributes=st.just(LINK), data=st.just(b"/etc/passwd")),
    says(says_method=st.sampled_from([0, 1, 8, 9, 12, 14, 93, 99])),
    says(says_crc=st.integers(0, 2**32 - 1)),
    says(says_size=LIES),
    says(says_packed=LIES),
    says(says_offset=LIES),
    says(keeps=st.integers(0, 30)),
    says(says_name=st.sampled_from([b"", b"other.jpg", b"n" * 2000])),
    says(extra=st.sampled_from([b"\1\0\0\0", b"\1\0\x08\0" + b"\xff" * 8, b"\x75\x70\xff\xff", b"x"])),
    says(data=st.sampled_from([bytes(1_000_000), bytes(30_000_000)]), says_size=st.sampled_from([None, 100])),
    says(data=st.just(NESTED)),
)


@st.composite
def entries(draw: st.DrawFn, evil: bool) -> Entry:
    name = draw(st.sampled_from(FOLDERS)) + draw(st.one_of(st.sampled_from(FILES), st.text(max_size=8)))
    if evil and draw(st.booleans()):
        name = draw(st.sampled_from(EVIL))
    data = draw(st.one_of(st.sampled_from(list(PAIR.values())), pictures()))
    method, flags = draw(st.sampled_from([STORED, DEFLATED])), draw(st.sampled_from([0, UTF8]))
    entry = Entry(name.encode("utf-8", "surrogateescape"), data, method, flags)
    return dataclasses.replace(entry, **draw(ODD)) if draw(st.booleans()) else entry


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """A zip with something wrong; in most of them there are six good pictures too."""
    good = PAIR if draw(st.integers(0, 5)) else {}
    files = [Entry(name.encode(), data) for name, data in good.items()]
    for entry in draw(st.lists(entries(evil=draw(st.integers(0, 4)) == 0), max_size=4)):
        files.insert(draw(st.integers(0, len(files))), entry)
    data = zipped_by_hand(files, draw(st.booleans()), draw(st.sampled_from([None] * 9 + [0, 1, 65_535, 2**31])))
    junk = draw(st.binary(max_size=50)) * draw(st.sampled_from([1, 2000]))
    at = draw(st.integers(0, len(data)))
    broken = [data, data, data, data[:at], junk + data, data + junk, data[:at] + junk[:6] + data[at + 6 :]]
    return draw(st.sampled_from(broken))
