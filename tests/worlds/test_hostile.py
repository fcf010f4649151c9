"""What strangers bring: hundreds of broken zips and pictures, each loaded or refused in one sentence.

They are judged in a process of its own, so that its memory is seen, and every place that it writes to.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from PIL import Image

from core.runs.settings import Refused
from core.worlds import open_world, prepare
from core.worlds.uploads import forget, read_picture, store_picture, store_upload
from tests.worlds.drawn import encoded
from tests.worlds.hostile import PAIR, Entry, archives, pictures, zipped_by_hand

ROOT = Path(__file__).parents[2]
EXAMPLES = 150  # zips, and as many sets of pictures
MOST_MEMORY = 1e9  # bytes above idle
HARSH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,  # what is found once is found in every run, and is then an example of its own
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
WRITES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.utime"}


@dataclasses.dataclass
class Judged:
    """What came of all examples: worlds and pictures that loaded, sentences of those refused or skipped."""

    loaded: int = 0
    refused: list[str] = dataclasses.field(default_factory=list)
    skipped: list[str] = dataclasses.field(default_factory=list)
    outside: list[str] = dataclasses.field(default_factory=list)  # what was written to, beside the home
    memory: float = 0.0  # bytes above idle


def sentence(text: str) -> str:
    """The text, if a student may read it."""
    assert "\n" not in text, text
    assert re.search(r"\.$", text), text
    assert len(text) < 400, text
    assert not re.search(r"Traceback|Error|object at", text), text
    return text


def loaded(data: bytes) -> tuple[tuple[str, ...], dict[str, str]] | str:
    """All the way of an upload: (names that can be read, name → why it was skipped), or the one sentence."""
    address = None
    try:
        address = store_upload(data, "photos.zip")
        for _ in prepare(address):
            pass
        world = open_world(address)
        assert world.pictures(range(len(world)), 16).shape == (len(world), 16, 16, 3)
        assert all(max(world.show(k, 20).shape) == 20 for k in range(len(world)))
        assert len(world.classes) >= 2
        return world.names, {skipped.name: skipped.reason for skipped in world.skipped}
    except Refused as refused:
        return sentence(str(refused))
    finally:
        forget([address] if address else [])


def read(data: bytes) -> str:
    """A single picture all the way; the one sentence or nothing."""
    try:
        address = store_picture(data, "cat.jpg")
        assert read_picture(address, 16).shape == (16, 16, 3)
        forget([address])
    except Refused as refused:
        return sentence(str(refused))
    return ""


def judging(judged: Judged) -> list[Callable[[], None]]:
    """The two properties, to be called without arguments."""

    @HARSH
    @given(archives())
    @example(zipped_by_hand([*(Entry(name.encode(), data) for name, data in PAIR.items()), Entry(b"", b"")]))
    def zips(data: bytes) -> None:
        found = loaded(data)
        if isinstance(found, str):
            judged.refused.append(found)
        else:
            judged.loaded += 1
            judged.skipped += found[1].values()

    @HARSH
    @given(st.lists(pictures(), min_size=1, max_size=3, unique=True))
    def odd_pictures(odd: list[bytes]) -> None:
        files = {**PAIR, **{f"cats/odd {k}.jpg": data for k, data in enumerate(odd)}}
        found = loaded(zipped_by_hand([Entry(name.encode(), data) for name, data in files.items()]))
        assert not isinstance(found, str), "the rest works"
        names, skipped = found
        assert set(names) | set(skipped) == set(files)
        assert set(PAIR) <= set(names)
        for k, data in enumerate(odd):
            alone = read(data)
            assert bool(alone) == (f"cats/odd {k}.jpg" in skipped), alone
        judged.loaded += 1
        judged.skipped += skipped.values()

    return [zips, odd_pictures]


def watching_writes(home: Path, judged: Judged) -> None:
    """From now on, note everything that Python opens for writing, makes, renames or deletes outside `home`."""

    def hook(event: str, arguments: tuple) -> None:
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            places = arguments[:1]
        elif event in WRITES:
            places = arguments[:2] if event in ("os.rename", "os.link", "os.symlink") else arguments[:1]
        else:
            return
        if (
            event in ("os.mkdir", "os.remove", "os.rmdir", "os.utime")
            and isinstance(arguments[-1], int)
            and arguments[-1] >= 0
        ):
            return  # inside of a folder that was opened before, whose own name comes by here too
        for place in places:
            if isinstance(place, str | os.PathLike) and not Path(os.path.abspath(place)).is_relative_to(home):
                judged.outside.append(f"{event} {place}")

    sys.addaudithook(hook)


@contextlib.contextmanager
def watching_memory(judged: Judged) -> Iterator[None]:
    process, done = psutil.Process(), threading.Event()
    idle = process.memory_info().rss

    def look() -> None:
        while not done.wait(0.005):
            judged.memory = max(judged.memory, process.memory_info().rss - idle)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def judge(home: Path, heavy: Path) -> Judged:
    """In a process of its own: a heavy zip, then all examples."""
    os.environ["TRANSFERLAB_HOME"] = str(home)
    os.environ["TMPDIR"] = tempfile.tempdir = str(home.parent / "temp")
    os.chdir(home.parent / "here")
    set_hypothesis_home_dir(home / "hypothesis")
    judged = Judged()
    assert not isinstance(loaded(zipped_by_hand([Entry(n.encode(), d) for n, d in PAIR.items()])), str)
    watching_writes(home, judged)
    with watching_memory(judged):
        names, skipped = loaded(heavy.read_bytes())
        assert (len(names), skipped) == (len(PAIR) + 3, {})
        for property in judging(judged):
            property()
    return judged


def told(home: str, heavy: str) -> None:
    """Judge, and print what came of it as the last line."""
    sys.stdout.write(json.dumps(dataclasses.asdict(judge(Path(home), Path(heavy)))) + "\n")


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("home", "temp", "here"):
        (folder / name).mkdir()
    files, large = dict(PAIR), (7000, 7000)
    files["cats/progressive.jpg"] = encoded(Image.new("CMYK", large), "JPEG", progressive=True)
    for k in range(2):
        files[f"dogs/{k}.webp"] = encoded(Image.new("RGBA", large, (k, 0, 0, 9)), "WEBP", lossless=True, method=0)
    heavy = folder / "heavy.zip"
    heavy.write_bytes(zipped_by_hand([Entry(name.encode(), data) for name, data in files.items()]))
    # Not multiprocessing: a child of it runs the main file again, which tests of pages leave behind as another's.
    code = f"from tests.worlds.test_hostile import told; told({str(folder / 'home')!r}, {str(heavy)!r})"
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=170)
    assert child.returncode == 0, child.stderr
    judged = Judged(**json.loads(child.stdout.splitlines()[-1]))
    judged.folder = folder
    return judged


def test_every_broken_zip_and_picture_loads_or_is_refused_in_one_sentence(judged):
    """A traceback, a second line or a lost picture would have failed in `judge`; here, that both ends were reached."""
    assert judged.loaded + len(judged.refused) >= 2 * EXAMPLES
    assert judged.loaded > EXAMPLES
    assert len(judged.refused) > EXAMPLES / 5
    reasons = {re.sub(r"[0-9].*|'.*'|\(.*\)", "", text.partition("cannot be used: ")[2]) for text in judged.refused}
    assert len(reasons) >= 5, reasons
    assert len(set(judged.skipped)) >= 8, set(judged.skipped)


def test_memory_stays_bounded_with_the_largest_pictures_side_by_side(judged):
    assert 0 < judged.memory < MOST_MEMORY


def test_nothing_is_written_outside_the_home(judged):
    assert judged.outside == []
    assert list((judged.folder / "temp").iterdir()) == list((judged.folder / "here").iterdir()) == []
    assert {path.name for path in judged.folder.iterdir()} == {"home", "temp", "here", "heavy.zip"}
    left = [path for path in (judged.folder / "home").rglob("*") if path.is_file() and "hypothesis" not in path.parts]
    assert left == [], "everything was forgotten"
