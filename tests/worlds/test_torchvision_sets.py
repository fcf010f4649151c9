"""torchvision's sets: each is fetched, unpacked and read from a miniature in its authors' format, or refused kindly."""

import errno
import re
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Progress, Spec
from core.runs.store import Store
from core.worlds import counts, fingerprint, mirrors, open_world, prepare, torchvision_sets
from core.worlds.sets import ADDRESSES, SETS, set_at
from core.worlds.splits import split
from core.worlds.torchvision_sets import folder_of, is_fetched
from core.worlds.world import TEST, TRAIN, VALIDATION
from tests.worlds.sets_drawn import DRAWN, served

ROOT = Path(__file__).parents[2]
every_set = pytest.mark.parametrize("name", SETS)


def everything(folder):
    """All files below a folder but locks, which are empty and stay."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.fixture
def offered(home, tmp_path, monkeypatch):
    """offered(name) → (address, what was drawn), in an empty home."""
    return lambda name: (f"torchvision:{name}", served(name, tmp_path / "server", monkeypatch))


def test_every_set_of_the_table_is_drawn():
    assert SETS.keys() == DRAWN.keys()


@every_set
def test_a_set_is_fetched_with_progress_and_holds_what_its_authors_put_there(name, offered, home, tmp_path):
    address, drawn = offered(name)
    total = set_at(address).megabytes
    assert not is_fetched(address)
    seen = list(prepare(address))
    assert seen == sorted(seen), "progress goes forwards"
    assert {all_of_it for _, all_of_it in seen} == {total}
    assert seen[-1] == (total, total)
    shutil.rmtree(tmp_path / "server")  # from here on, what is kept does
    assert is_fetched(address)
    assert list(prepare(address)) == []

    world = open_world(address)
    assert world.classes == drawn.classes
    assert world.labels.tolist() == drawn.labels
    assert (world.given is None and drawn.given is None) or world.given.tolist() == drawn.given
    assert len(world) == len(drawn.pictures)
    for k, expected in enumerate(drawn.pictures):
        np.testing.assert_array_equal(world.show(k, max(expected.shape)), expected)
    assert everything(home / "downloads") == [], "archives go when all of it is in place"
    assert [path for path in everything(home / "sets") if folder_of(address) not in path.parents] == []


@every_set
def test_pictures_are_read_in_the_order_asked_for_and_square(name, offered):
    address, drawn = offered(name)
    world = open_world(address)
    indices = np.random.default_rng(0).permutation(len(world))[:7]
    pictures = world.pictures(indices, 24)
    assert (pictures.shape, pictures.dtype) == ((7, 24, 24, 3), np.uint8)
    for k, index in enumerate(indices):
        np.testing.assert_array_equal(pictures[k], open_world(address).pictures([index], 24)[0])
    assert len({picture.tobytes() for picture in pictures}) == 7
    side = drawn.pictures[0].shape
    if side[0] == side[1]:
        np.testing.assert_array_equal(world.pictures([2], side[0])[0], drawn.pictures[2])
    assert sum(len(chunk) for chunk in world.read(range(len(world)), 16)) == len(world)


@every_set
def test_the_authors_test_part_is_the_test(name, offered):
    address, drawn = offered(name)
    world = open_world(address)
    parts = split(world)
    assert len(parts.train) > 0
    assert len(parts.test) > 0
    if drawn.given is not None:
        given = np.array(drawn.given)
        np.testing.assert_array_equal(parts.test, np.flatnonzero(given == TEST))
        if (given == VALIDATION).any():
            np.testing.assert_array_equal(parts.validation, np.flatnonzero(given == VALIDATION))
            np.testing.assert_array_equal(parts.train, np.flatnonzero(given == TRAIN))
        else:
            np.testing.assert_array_equal(np.union1d(parts.train, parts.validation), np.flatnonzero(given == TRAIN))


@every_set
def test_without_a_network_one_sentence_offers_the_embedded_worlds(name, offered, home, tmp_path):
    address, _ = offered(name)
    shutil.rmtree(tmp_path / "server")
    with pytest.raises(Refused) as refused:
        open_world(address)
    sentence, info = str(refused.value), set_at(address)
    assert f"{info.title} ({info.megabytes} MB)" in sentence or f"{info.title} (2.6 GB)" in sentence
    assert "toybox, digits or photos" in sentence
    assert everything(home) == []


@every_set
def test_a_damaged_file_is_one_sentence_and_leaves_nothing(name, offered, home, tmp_path):
    address, drawn = offered(name)
    file = tmp_path / "server" / next(iter(drawn.files))
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(Refused, match=re.escape(set_at(address).title) + r".*damaged: try again\.$"):
        open_world(address)
    assert everything(home) == []


@every_set
def test_torchvision_still_names_the_files_and_their_digests(name):
    info = SETS[name]
    named = info.files(getattr(datasets, info.cls))
    assert named
    for url, md5 in named:
        assert re.fullmatch(r"https?://\S+\.(tar\.gz|tgz|zip|gz|mat)", url)
        assert re.fullmatch("[0-9a-f]{32}", md5)


@every_set
def test_a_page_can_say_what_it_is(name):
    info = set_at(f"torchvision:{name}")
    assert re.fullmatch(r".+ · \d+ classes · fetched once, (\d+ MB|\d\.\d GB)", info.line(here=False))
    assert info.line(here=True).endswith("classes · on this machine")
    assert info.shows
    assert info.source
    assert mirrors(f"torchvision:{name}") == (name not in ("svhn", "omniglot"))


@pytest.mark.parametrize("address", ["torchvision", "torchvision:", "torchvision:imagenet", "torchvision:../cifar10"])
def test_an_unknown_set_names_those_there_are(address):
    for ask in (open_world, fingerprint, mirrors, lambda unknown: list(prepare(unknown))):
        with pytest.raises(Refused) as refused:
            ask(address)
        assert ", ".join(ADDRESSES) in str(refused.value)


def test_what_was_cut_off_while_unpacking_looks_unfinished_and_goes_on_from_what_was_fetched(offered, home, tmp_path):
    address, drawn = offered("flowers102")
    preparing = prepare(address)
    while not list((home / "sets").rglob("image_00001.jpg")):
        next(preparing)
    preparing.close()
    assert not is_fetched(address)
    assert everything(home / "sets") == []
    shutil.rmtree(tmp_path / "server")
    assert open_world(address).labels.tolist() == drawn.labels


def test_what_a_killed_process_left_is_cleared_away(offered, home):
    address, drawn = offered("dtd")
    begun = home / "downloads" / "torchvision" / "dtd" / ".dtd-r1.0.1.tar.gz.0123"
    left = folder_of(address).with_name(f".{folder_of(address).name}") / "files" / "dtd" / "half"
    for path in (begun, left):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")
    assert open_world(address).labels.tolist() == drawn.labels
    assert not begun.exists()
    assert not left.exists()


def test_of_two_that_want_the_same_set_one_fetches_and_the_other_waits(offered, monkeypatch):
    monkeypatch.setattr(torchvision_sets, "PAUSE", 0.01)
    address, drawn = offered("cifar10")
    first, second = prepare(address), prepare(address)
    next(first)
    assert next(second) == next(second) == (0, 170)
    assert list(first)[-1] == (170, 170)
    assert list(second) == []
    assert open_world(address).labels.tolist() == drawn.labels


def test_one_that_gives_up_lets_the_next_one_fetch(offered):
    address, _ = offered("cifar10")
    first = prepare(address)
    next(first)
    first.close()
    assert list(prepare(address))[-1] == (170, 170)


def test_too_small_a_disk_is_said_before_anything_is_fetched(offered, monkeypatch):
    address, _ = offered("dtd")
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(torchvision_sets.shutil, "disk_usage", lambda path: usage(10**10, 10**10, 5 * 10**8))
    with pytest.raises(Refused, match=r"DTD \(625 MB\).*room for 500 MB"):
        open_world(address)


def test_a_disk_that_fills_up_while_unpacking_is_one_sentence_and_leaves_nothing_unpacked(offered, home, monkeypatch):
    address, _ = offered("svhn")

    def full(*paths):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("core.worlds.unpack.shutil.copyfile", full)
    with pytest.raises(Refused, match=r"No space left on device.*free some space"):
        open_world(address)
    assert everything(home / "sets") == []


def test_an_archive_that_went_bad_on_the_disk_is_fetched_again(offered, home):
    address, drawn = offered("eurosat")
    archive = home / "downloads" / "torchvision" / "eurosat" / "EuroSAT.zip"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"PK, but not for long")
    with pytest.raises(Refused, match=r"EuroSAT.*damaged: try again"):
        open_world(address)
    assert open_world(address).labels.tolist() == drawn.labels


def test_a_picture_that_was_deleted_later_is_one_sentence(offered):
    address, _ = offered("omniglot")
    world = open_world(address)
    next(folder_of(address).rglob("*.png")).unlink()
    with pytest.raises(Refused, match=r"torchvision:omniglot.*delete .*omniglot.*, then try again"):
        world.pictures(range(len(world)), 16)


def test_the_unlabelled_pictures_of_stl10_are_not_kept(offered):
    address, drawn = offered("stl10")
    kept = sum(path.stat().st_size for path in everything(folder_of(open_world(address).address)))
    assert kept < sum(picture.size for picture in drawn.pictures) + 2000


def test_once_fetched_a_set_opens_without_torch_and_its_fingerprint_needs_nothing(offered, home):
    (address, _), (other, _) = offered("cifar10"), offered("dtd")
    list(prepare(address)), list(prepare(other))
    code = (
        "import sys; from core.worlds import fingerprint, mirrors, open_world\n"
        f"for address in {ADDRESSES!r}: fingerprint(address), mirrors(address)\n"
        f"for address in {(address, other)!r}: open_world(address).pictures([0, 1], 32)\n"
        "print(set(sys.modules) & {'torch', 'torchvision', 'sklearn', 'skimage', 'scipy', 'streamlit'})"
    )
    environment = {"TRANSFERLAB_HOME": str(home), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_a_network_trains_on_a_set_and_the_fetching_is_shown(offered):
    address, drawn = offered("cifar10")
    assert counts(address) == "MB fetched"
    from core.experiments.train import train

    spec = Spec.of(train, data=address, epochs=1, batch_size=8, size=32)
    items, driven = [], drive(spec, Store())
    try:
        while True:
            items.append(next(driven))
    except StopIteration as end:
        run = end.value
    shown = [item for item in items if isinstance(item, Progress) and item.what == "MB fetched"]
    assert shown[-1].done == shown[-1].total == 170
    assert run.summary["classes"] == list(drawn.classes)
    assert sum(row["split"] == "picture" for row in run.rows()) == 10
