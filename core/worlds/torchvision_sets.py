"""torchvision's sets, fetched on request and kept in a form that opens at once, without torch.

    sets/<name>-<version>/index.json    labels, classes and the given part of each picture
    sets/<name>-<version>/pixels.bin    the pictures, (N, H, W) or (N, H, W, 3), of a set that comes as numbers
    sets/<name>-<version>/files/        the picture files of a set that comes as files, as they came

`prepare` fetches the files that torchvision names, checks their digests, unpacks them and has torchvision's own class
read them. What is fetched is kept until all of it is in place, so a run that was stopped goes on from there; what is
unpacked appears under its final name when it is complete, not before.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

from core.runs.download import downloading, kept
from core.runs.home import home, unwritable
from core.runs.settings import Refused
from core.worlds.decode import Unusable, fitted, in_order, opened, square
from core.worlds.sets import SCHEME, SetInfo, name_of, set_at, size
from core.worlds.unpack import DAMAGED, unpacking
from core.worlds.world import UNDECIDED, World, stacked

VERSION = 1  # raise it when pictures, labels or their order come out differently
PAUSE = 0.5  # seconds between two looks at a set that somebody else fetches
ROOM = 1.3  # times the size of what is fetched: less than this holds no set
OFFLINE = "it is not on this machine and cannot be fetched now: choose toybox, digits or photos, which always are."


class TorchvisionWorld(World):
    """A set that was fetched, with the split that its authors gave it."""

    def __init__(self, address: str):
        """`Refused` if what is kept of it is damaged."""
        info, folder = set_at(address), folder_of(address)
        self.address, self.name, self.fingerprint = address, info.title, fingerprint(address)
        try:
            index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
            self._files = [folder / "files" / file for file in index["files"]]
            self._pixels = (
                None if self._files else np.memmap(folder / "pixels.bin", "uint8", "r", shape=(*index["shape"],))
            )
        except (OSError, ValueError) as error:
            raise _broken(address) from error
        self.side = self._pixels.shape[1] if self._pixels is not None else 0
        self.classes = tuple(index["classes"])
        self.labels = np.array(index["labels"], np.int64)
        self.given = None if index["given"] is None else np.array(index["given"], np.int64)

    def read(self, indices: Iterable[int] | np.ndarray, size: int) -> Iterator[np.ndarray]:
        yield from stacked(in_order(lambda k: self._seen(square, int(k), size), indices, ahead=8))

    def show(self, index: int, size: int = 160) -> np.ndarray:
        return self._seen(fitted, index, size)

    def _seen(self, scaled: Any, index: int, size: int) -> np.ndarray:
        if self._pixels is not None:
            return scaled(Image.fromarray(self._pixels[index]), size)
        try:
            return scaled(opened(self._files[index].read_bytes()), size)
        except (OSError, Unusable) as error:
            raise _broken(self.address) from error


def fingerprint(address: str) -> str:
    """Of the name alone: the digests that torchvision knows make a set the same everywhere."""
    set_at(address)
    return f"{SCHEME}-{name_of(address)}-{VERSION}"


def mirrors(address: str) -> bool:
    return set_at(address).mirrors


def folder_of(address: str) -> Path:
    """Where a set is kept, whether or not it is there yet."""
    return home() / "sets" / f"{name_of(address)}-{VERSION}"


def is_fetched(address: str) -> bool:
    """Whether `open_set` is immediate. `Refused` if there is no such set."""
    set_at(address)
    return folder_of(address).exists()


def open_set(address: str) -> TorchvisionWorld:
    """The world of a set, fetched now if it is not here yet. `Refused` in one sentence if it cannot be."""
    for _ in prepare(address):
        pass
    return TorchvisionWorld(address)


def prepare(address: str) -> Iterator[tuple[int, int]]:
    """Fetch and unpack what `open_set` will need; yields (MB fetched, MB in all), at the end of which it unpacks.

    Of several that ask for one set at a time, on however many machines share the folder, one fetches, the others wait.
    """
    info, folder = set_at(address), folder_of(address)
    if folder.exists():
        return
    with _writing():
        folder.parent.mkdir(exist_ok=True)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"), thread_local=False)
    while not lock.is_locked:
        with _writing(), contextlib.suppress(Timeout):
            lock.acquire(timeout=PAUSE)
            break
        yield 0, info.megabytes
    try:
        if not folder.exists():
            archives = yield from _fetched(address, info)
            yield info.megabytes, info.megabytes
            for _ in _arranged(archives, address, info):
                yield info.megabytes, info.megabytes
    finally:
        lock.release()


def _fetched(address: str, info: SetInfo) -> Any:
    """The files of a set, fetched where they are not here yet; yields as `prepare` does."""
    below, what, done = f"{SCHEME}/{name_of(address)}", f"{info.title} ({size(info.megabytes)})", 0
    for stale in (home() / "downloads" / below).glob(".*"):  # begun by a process that was killed
        stale.unlink(missing_ok=True)
    _with_room(info, what)
    yield 0, info.megabytes  # it takes a moment to import torch
    from torchvision import datasets

    archives = []
    for url, md5 in info.files(getattr(datasets, info.cls)):
        into = f"{below}/{url.rpartition('/')[2]}"
        for now, _ in downloading(url, what, OFFLINE, into=into, md5=md5):
            yield min((done + now) // 10**6, info.megabytes), info.megabytes
        archives.append(kept(url, into))
        done += archives[-1].stat().st_size
    return archives


def _with_room(info: SetInfo, what: str) -> None:
    free = shutil.disk_usage(home()).free / 1e6
    if free < ROOM * info.megabytes:
        allowed = f"there is room for {size(free)} in {home()}: free some, or choose a smaller set."
        raise Refused("download", what, allowed)


def _arranged(archives: list[Path], address: str, info: SetInfo) -> Iterator[None]:
    """Unpack, have torchvision read it, and put everything in place at once. Closed early, it leaves only archives."""
    folder = folder_of(address)
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)  # of a process that was killed: the lock is ours
    try:
        with _writing():
            for archive in archives:
                yield from unpacking(archive, draft / "files" / info.inside, info.unwanted)
            index = _index(draft, info)
            (draft / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
            if not index["files"]:
                shutil.rmtree(draft / "files")
            os.rename(draft, folder)
    except DAMAGED as error:
        shutil.rmtree(archives[0].parent, ignore_errors=True)
        raise Refused("download", info.title, "what was fetched is damaged: try again.") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(archives[0].parent, ignore_errors=True)


def _index(draft: Path, info: SetInfo) -> dict[str, Any]:
    """What torchvision finds in `draft`/files; pictures that are no files go to `draft`/pixels.bin."""
    labels: list[int] = []
    given: list[int] = []
    files: list[str] = []
    shape: tuple[int, ...] = ()
    with open(draft / "pixels.bin", "wb") as pixels:
        for part, arguments in info.parts.items():
            dataset = _dataset(info)(draft / "files", **arguments)
            classes = [_words(name) for name in info.names(dataset)]
            for k in range(len(dataset)):
                picture, label = dataset[k]
                labels.append(int(label))
                given.append(part)
                if isinstance(picture, str):
                    files.append(Path(picture).relative_to(draft / "files").as_posix())
                else:
                    shape = np.asarray(picture).shape
                    pixels.write(np.ascontiguousarray(picture).tobytes())
    if UNDECIDED in info.parts:  # folders of a disk, which lists them in any order
        files, labels, classes = _sorted(files, labels, classes)
    decided = None if UNDECIDED in info.parts else given
    return {"classes": classes, "labels": labels, "given": decided, "files": files, "shape": [len(labels), *shape]}


def _dataset(info: SetInfo) -> Any:
    """torchvision's class. The archives were checked, so what was in them need not be, and some of it is left out."""
    from torchvision import datasets

    return type(info.cls, (getattr(datasets, info.cls),), {"_check_integrity": lambda self: True, **info.own})


def _sorted(files: list[str], labels: list[int], classes: list[str]) -> tuple[list[str], list[int], list[str]]:
    """Classes by name, pictures by path."""
    rank = {label: k for k, label in enumerate(sorted(range(len(classes)), key=classes.__getitem__))}
    order = sorted(range(len(files)), key=files.__getitem__)
    return [files[k] for k in order], [rank[labels[k]] for k in order], sorted(classes)


def _words(name: str) -> str:
    """`aquarium_fish`, `AnnualCrop`, `Latin/character05` as people write them."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", name.replace("_", " ").replace(os.sep, "/"))


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, *DAMAGED):
        raise
    except OSError as error:
        raise unwritable(home(), error) from error


def _broken(address: str) -> Refused:
    return Refused("data", address, f"what was fetched of it is damaged: delete {folder_of(address)}, then try again.")
