"""Names of files and folders as people read them: decoded, cleaned, and never two of them made one.

A zip says of a name that it is UTF-8, adds it as UTF-8 (the field 0x7075 of Info-ZIP), or is silent: then it is UTF-8
if it can be, or in the code page of the machine that made the zip. Which one is judged by all its names together.
"""

from __future__ import annotations

import dataclasses
import math
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable
from urllib.parse import quote

UTF8_FLAG, UNICODE_PATH = 0x800, 0x7075
BACKSLASH = "\\"
# Letters that a reader could not see as what they are: controls, lone bytes, line ends, turns of the reading direction.
UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
RARE = 0.02  # how many of the letters of a name are none of the common ones of its language
LETTER = math.log(1 / 60)  # an ASCII letter


def _between(page: str, first: int, last: int, trail: int = 0xA1) -> Callable[[str], bool]:
    """Whether a letter is two bytes in a code page, the first from `first` to `last`, the second at least `trail`."""

    def common(letter: str) -> bool:
        code = letter.encode(page)
        return len(code) == 2 and first <= code[0] <= last and code[1] >= trail

    return common


def _one_of(letters: str) -> Callable[[str], bool]:
    return frozenset(letters + letters.upper() + "ß").__contains__


RUSSIAN = _one_of("абвгдежзийклмнопрстуфхцчшщъыьэюяё")
WESTERN = _one_of("äöüàâáãåæçèéêëìíîïñòóôõøùúûýœ")


def _japanese(letter: str) -> bool:
    return "\u3041" <= letter <= "\u30fc" or _between("cp932", 0x88, 0x97, 0x40)(letter)


@dataclasses.dataclass(frozen=True)
class Page:
    """A code page: how likely a zip is written in it, and the common letters of its languages, and how many these are.

    `among_ascii`: they stand between ASCII letters, as in "Vögel"; the others stand among themselves.
    """

    likely: float
    is_common: Callable[[str], bool]
    commons: int
    among_ascii: bool = False

    def is_odd(self, before: str, letter: str) -> bool:
        """Whether names hardly have these in a row: an accented capital within a word, two scripts in one word."""
        if not (before.isalpha() and letter.isalpha()) or (before + letter).isascii():
            return False
        scripts = before.isascii() + letter.isascii()  # 0: both are of the language's own, 1: one of them is
        return (letter.isupper() and not letter.isascii()) or scripts != self.among_ascii


# Common are the letters that the standards put first: GB 2312 level 1, JIS level 1 and kana, hangul, Big5 level 1.
CODE_PAGES = {
    "cp437": Page(1.0, WESTERN, 60, among_ascii=True),
    "cp1252": Page(1.0, WESTERN, 60, among_ascii=True),
    "cp850": Page(0.5, WESTERN, 60, among_ascii=True),
    "gbk": Page(1.0, _between("gbk", 0xB0, 0xD7), 3755),
    "cp932": Page(1.0, _japanese, 3100),
    "cp949": Page(0.03, _between("cp949", 0xB0, 0xC8), 2350),  # all its hangul are common in GBK too
    "big5": Page(0.3, _between("big5", 0xA4, 0xC6, 0x40), 5401),
    "cp866": Page(1.0, RUSSIAN, 66),
    "cp1251": Page(0.5, RUSSIAN, 66),
}


def decoded(infos: list[zipfile.ZipInfo]) -> tuple[list[str], str]:
    """The names in a zip, with slashes, and the code page in which some of them were taken to be ("" if none was)."""
    said = [_said(info) for info in infos]
    raw = [info.orig_filename.encode("cp437") for info, name in zip(infos, said, strict=True) if name is None]
    page = "utf-8" if _is_utf8(raw) else code_page(raw)
    names = [
        name if name is not None else info.orig_filename.encode("cp437").decode(page)
        for info, name in zip(infos, said, strict=True)
    ]
    return [name.partition("\0")[0].replace(BACKSLASH, "/") for name in names], "" if page == "utf-8" else page


def _said(info: zipfile.ZipInfo) -> str | None:
    """The name where the zip tells it."""
    if info.flag_bits & UTF8_FLAG:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    for kind, data in _fields(info.extra):
        if kind == UNICODE_PATH and data[:1] == b"\x01" and int.from_bytes(data[1:5], "little") == zlib.crc32(raw):
            return data[5:].decode("utf-8", "surrogateescape")
    return None


def _is_utf8(names: list[bytes]) -> bool:
    """Whether all of them are: a single one may look like it by chance."""
    try:
        b"/".join(names).decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def _fields(extra: bytes) -> Iterable[tuple[int, bytes]]:
    while len(extra) >= 4:
        kind, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        yield kind, extra[4 : 4 + length]
        extra = extra[4 + length :]


def code_page(names: list[bytes]) -> str:
    """The code page under which all these names together are most likely; of two alike, the first of the table.

    A folder counts once, however many files are in it.
    """
    pieces = {piece for name in names for piece in name.split(b"/")}
    return max(CODE_PAGES, key=lambda page: _likelihood(page, pieces))


def _likelihood(name: str, names: set[bytes]) -> float:
    page = CODE_PAGES[name]
    common, rare = math.log((1 - RARE) / page.commons), math.log(RARE / 20_000)
    total = math.log(page.likely)
    for raw in names:
        try:
            text = raw.decode(name)
        except UnicodeDecodeError:
            return -math.inf
        for before, letter in zip(" " + text, text, strict=False):
            total += LETTER if letter.isascii() else common if page.is_common(letter) else rare
            total += math.log(RARE) if page.is_odd(before, letter) else 0.0
    return total


def cleaned(name: str) -> str:
    """In the one form that Unicode calls composed; what cannot be seen as what it is stands as %XX of its bytes."""
    return UNSEEN.sub(_spelled, unicodedata.normalize("NFC", name))


def _spelled(found: re.Match[str]) -> str:
    is_lone_byte = "\udc80" <= found[0] <= "\udcff"
    return quote(found[0].encode("utf-8", "surrogateescape" if is_lone_byte else "surrogatepass"))


def paths_of(names: list[str]) -> list[tuple[str, ...]]:
    """Each name, with slashes, as cleaned folders and file; different names stay different: "a%07b", "a%07b (2)".

    A folder's name is the same in both forms in which Unicode spells it; two such files are two pictures.
    """
    given: dict[tuple[str, ...], tuple[str, ...]] = {(): ()}  # as it was named → as it is shown
    taken: set[tuple[str, ...]] = set()
    for path in sorted({_pieces(name) for name in names}, key=_plain_first):
        for depth in range(1, len(path) + 1):
            if path[:depth] not in given:
                above = given[path[: depth - 1]]
                shown = _free(above, cleaned(path[depth - 1]), taken)
                given[path[:depth]] = shown
                taken.add(shown)
    return [given[_pieces(name)] for name in names]


def _plain_first(path: tuple[str, ...]) -> list[tuple[bool, str]]:
    return [(cleaned(piece) != piece, piece) for piece in path]


def _pieces(name: str) -> tuple[str, ...]:
    *folders, file = [piece for piece in name.split("/") if piece not in ("", ".")] or [""]
    return (*(unicodedata.normalize("NFC", folder) for folder in folders), file) if file else ()


def _free(above: tuple[str, ...], name: str, taken: set[tuple[str, ...]]) -> tuple[str, ...]:
    shown, number = (*above, name), 1
    while shown in taken:
        number += 1
        stem, dot, suffix = name.rpartition(".")
        shown = (*above, f"{stem} ({number}).{suffix}" if dot and stem else f"{name} ({number})")
    return shown
