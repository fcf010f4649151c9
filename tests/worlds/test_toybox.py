"""The toybox as a world: what is in it, and that its cache can be trusted."""

import os
import subprocess
import sys

import numpy as np
import pytest

from core.runs.settings import Refused
from core.worlds.toybox import blocks, cache, fingerprint, open_toybox
from core.worlds.toybox.classes import NAMES, TOYS, VERSION, classes
from core.worlds.toybox.draws import seed
from core.worlds.toybox.factors import drawn, one
from core.worlds.toybox.labels import labels
from core.worlds.toybox.render import render
from core.worlds.toybox.scenes import scenes
from core.worlds.world import TEST, TRAIN, VALIDATION

SIZE = 16


def files(home):
    return sorted(path for path in (home / "cache").rglob("*") if path.is_file())


def test_the_halves_share_no_class_and_are_half_natural():
    a, b = set(classes("toybox:a")), set(classes("toybox:b"))
    natural, manmade = set(classes("toybox:natural")), set(classes("toybox:manmade"))
    assert a | b == natural | manmade == set(TOYS)
    assert not a & b
    assert not natural & manmade
    assert len(a & natural) == len(b & natural) == len(a & manmade) == len(b & manmade) == len(TOYS) // 4
    assert all(TOYS[name].natural == (name in natural) for name in TOYS)


@pytest.mark.parametrize("address", NAMES)
def test_a_world_has_its_parts_for_every_class(address):
    toybox = open_toybox(address)
    for part, count in ((TRAIN, 400), (VALIDATION, 25), (TEST, 100)):
        assert (np.bincount(toybox.labels[toybox.given == part]) == count).all()
    assert len(toybox) == 525 * len(toybox.classes)
    assert toybox.name == NAMES[address]
    assert len(fingerprint(address)) > 20
    blocks = np.arange(len(toybox)) // toybox.block
    for decided in (toybox.given, toybox.labels):
        train = toybox.given == TRAIN
        assert all(len(set(decided[train & (blocks == one)])) == 1 for one in set(blocks[train]))


def test_an_unknown_toybox_is_refused_with_the_known_ones():
    for use in (open_toybox, fingerprint):
        with pytest.raises(Refused, match=r"toybox:c.*toybox:a, toybox:b, toybox:natural, toybox:manmade"):
            use("toybox:c")


def test_fingerprints_tell_worlds_apart():
    assert len({fingerprint(address) for address in NAMES}) == len(NAMES)


def test_no_torch_is_loaded(home):
    code = f"""
import sys
from core.worlds.toybox import fingerprint, open_toybox
fingerprint("toybox"), open_toybox("toybox:a").show(3, 32), open_toybox("toybox:a").pictures([0], {SIZE})
print("torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr


def test_pictures_come_in_the_order_asked_for_in_chunks_of_one_rendering(home):
    toybox = open_toybox("toybox:b")
    wanted = np.array([400, 3, 401, 3])
    chunks = list(toybox.read(wanted, SIZE))
    assert [len(chunk) for chunk in chunks] == [1, 3]
    once = toybox.pictures([3, 400, 401], SIZE)
    np.testing.assert_array_equal(np.concatenate(chunks), once[[1, 0, 2, 0]])
    assert once.dtype == np.uint8
    assert once.shape == (3, SIZE, SIZE, 3)
    assert toybox.pictures([], SIZE).shape == (0, SIZE, SIZE, 3)


def test_a_toy_is_the_same_in_every_world_that_holds_it(home):
    whole, half = open_toybox("toybox"), open_toybox("toybox:b")
    name = half.classes[5]
    for part in (TRAIN, VALIDATION, TEST):
        here, there = (
            np.flatnonzero((one.given == part) & (one.labels == one.classes.index(name)))[7] for one in (half, whole)
        )
        np.testing.assert_array_equal(half.pictures([here], SIZE), whole.pictures([there], SIZE))


def test_large_pictures_for_networks_are_enlarged_and_for_people_rendered(home):
    toybox = open_toybox("toybox:b")
    large, shown = toybox.pictures([0], 96)[0], toybox.show(0, 96)
    assert large.shape == shown.shape == (96, 96, 3)
    sharpness = [abs(np.diff(one.astype(float), axis=1)).max() for one in (large, shown)]
    assert sharpness[0] < sharpness[1]
    assert abs(large.astype(float) - shown).mean() < 10  # one scene
    with pytest.raises(Refused, match="size=4 "):
        toybox.pictures([0], 4)


def test_a_block_is_rendered_once_and_read_again(home, monkeypatch):
    first = open_toybox("toybox:b").pictures(range(50), SIZE)
    monkeypatch.setattr(blocks, "rendered", None)
    np.testing.assert_array_equal(open_toybox("toybox:b").pictures(range(50), SIZE), first)
    (file,) = files(home)
    assert f"toybox/v{VERSION}/{SIZE}" in file.as_posix()


@pytest.mark.parametrize("damage", ["flipped", "cut short", "emptied", "another number"])
def test_a_damaged_file_is_rendered_anew(home, damage):
    first = open_toybox("toybox:b").pictures([0, 1], SIZE)
    (file,) = files(home)
    whole = bytearray(file.read_bytes())
    whole[len(whole) // 2] ^= 255
    broken = {"flipped": bytes(whole), "cut short": bytes(whole[:-900]), "emptied": b""}
    if damage in broken:
        file.write_bytes(broken[damage])
    else:
        cache.save(file, np.zeros((49, SIZE, SIZE, 3), np.uint8))
    np.testing.assert_array_equal(open_toybox("toybox:b").pictures([0, 1], SIZE), first)
    assert cache.load(file) is not None


def test_an_interrupted_rendering_leaves_nothing(home, monkeypatch):
    def interrupted(file, array):
        file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(cache.np, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            open_toybox("toybox:b").pictures([0], SIZE)
    assert files(home) == []
    assert open_toybox("toybox:b").pictures([0], SIZE).any()


def test_a_full_disk_is_refused_in_one_sentence(home, monkeypatch):
    def full(file, array):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache.np, "save", full)
    with pytest.raises(Refused, match="No space left on device"):
        open_toybox("toybox:b").pictures([0], SIZE)
    assert files(home) == []


def test_two_processes_may_render_the_same_block(home):
    code = f"""
from core.worlds.toybox import open_toybox
import zlib
print(zlib.crc32(open_toybox("toybox:a").pictures(range(0, 100, 7), {SIZE}).tobytes()))
"""
    both = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    first, second = (process.communicate(timeout=60)[0] for process in both)
    assert first == second != ""
    assert len(files(home)) == 2


def labelled(toybox, indices, names):
    chunks = list(toybox.labelled(indices, SIZE, names))
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in names}


def test_a_set_comes_with_any_label_of_its_pictures_small_on_disk(home):
    toybox, wanted = open_toybox("toybox:b"), [3, 401, 4]
    names = ["pictures", "depth", "instances", "segments_2d", "boxes_full", "class"]
    found = labelled(toybox, wanted, names)
    np.testing.assert_array_equal(found["pictures"], toybox.pictures(wanted, SIZE))
    for k, index in enumerate(wanted):
        (one,) = labels(scenes([toybox.factors(index)]), SIZE, names[1:])
        for name in names[1:]:
            np.testing.assert_allclose(found[name][k], one[name], rtol=2e-3, err_msg=name)
        assert toybox.classes[toybox.labels[index]] == list(TOYS)[one["class"][0] - 1]
    assert {name: array.dtype for name, array in found.items()} == {
        "pictures": np.uint8,
        "depth": np.float16,
        "instances": np.uint8,
        "segments_2d": np.uint16,
        "boxes_full": np.int32,
        "class": np.uint8,
    }
    with pytest.raises(Refused, match="label=smell"):
        labelled(toybox, wanted, ["smell"])


def test_pictures_of_different_numbers_of_things_are_kept_filled_up_with_zeros(home):
    several = blocks.Block((drawn(1, toys=1), drawn(2, toys=3)), SIZE)
    found = blocks.arrays(several, ["boxes_full", "masks_full"])
    assert found["boxes_full"].shape == (2, 3, 4)
    assert (found["boxes_full"][0, 1:] == 0).all()
    assert found["boxes_full"][1].any(1).all()
    assert found["masks_full"].shape == (2, 3, SIZE, SIZE)


@pytest.mark.parametrize("cores", [1, 4])
def test_a_set_is_the_same_whoever_renders_it(home, monkeypatch, cores):
    """With helpers, without, and when all helpers die at once."""
    monkeypatch.setattr(blocks.os, "cpu_count", lambda: cores)
    started = []
    helper = blocks._helper
    monkeypatch.setattr(blocks, "_helper", lambda: started.append(helper()) or started[-1])
    work = [blocks.Block(tuple(drawn(5 * k + j) for j in range(5)), SIZE) for k in range(8)]
    monkeypatch.setattr(blocks, "HELPED", 20)
    coming = blocks.rendering(work)
    found = [next(coming)["pictures"]]
    assert len(started) == (0 if cores == 1 else 3)
    assert list(blocks.rendering([])) == [], "nothing to do takes no helper"
    assert len(started) == (0 if cores == 1 else 3)
    if cores > 1:
        started[0].kill()
    found += [one["pictures"] for one in coming]
    alone = [blocks.rendered(block, ["pictures"])["pictures"] for block in work]
    np.testing.assert_array_equal(np.concatenate(found), np.concatenate(alone))
    assert all(one.poll() is not None for one in started), "helpers end with the work"


def test_helpers_end_when_nobody_reads_on(home, monkeypatch):
    monkeypatch.setattr(blocks.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(blocks, "HELPED", 20)
    started = []
    helper = blocks._helper
    monkeypatch.setattr(blocks, "_helper", lambda: started.append(helper()) or started[-1])
    coming = blocks.rendering([blocks.Block(tuple(drawn(9 * k + j) for j in range(9)), SIZE) for k in range(6)])
    next(coming)
    coming.close()
    assert len(started) == 1
    assert started[0].poll() is not None
    assert not list(home.rglob("*.part"))


def test_the_cache_is_capped_and_what_was_used_last_is_kept(home):
    folder = home / "cache" / "toybox"
    for k in range(6):
        cache.save(folder / "v1" / f"{k}.npy", np.zeros(1000, np.uint8))
        os.utime(folder / "v1" / f"{k}.npy", (k, k))
    assert cache.load(folder / "v1" / "0.npy") is not None  # the oldest was used just now
    cache.trim(folder, cap_bytes=3500)
    assert sorted(path.stem for path in files(home)) == ["0", "4", "5"]


@pytest.mark.parametrize("size", [7, 5000])
def test_a_size_out_of_range_is_refused(size):
    with pytest.raises(Refused, match=f"size={size} .*16.*512"):
        open_toybox("toybox:b").show(0, size)


def test_no_pictures_are_refused():
    with pytest.raises(Refused, match="pictures=0"):
        blocks.Block((), SIZE)


# The mean colours of the four quarters of a picture. Whoever changes the look bumps VERSION, since runs were made with
# the old one, and writes here what this test finds.
LOOK: dict[str, list[list[int]]] = {
    "apple": [[162, 155, 138], [164, 155, 139], [106, 114, 74], [83, 91, 56]],
    "robot": [[144, 141, 124], [129, 131, 121], [143, 139, 117], [131, 128, 107]],
    "boat": [[216, 182, 181], [199, 175, 181], [154, 161, 169], [142, 143, 165]],
    "lamp": [[152, 166, 197], [204, 209, 226], [197, 156, 161], [202, 157, 161]],
    "bird": [[190, 160, 131], [214, 187, 140], [177, 136, 87], [180, 137, 86]],
}


@pytest.mark.parametrize("name", LOOK)
def test_the_look_is_that_of_its_version(name):
    (picture,) = render(scenes([one(name, seed("toybox", name, "test", 0))]), 32)
    found = picture.reshape(2, 16, 2, 16, 3).mean((1, 3)).reshape(4, 3)
    assert VERSION == 5
    np.testing.assert_allclose(found, LOOK[name], atol=1.5, err_msg=str(found.round().astype(int).tolist()))


def test_more_regions_than_sixteen_bits_count_keep_their_numbers():
    many = np.arange(70_000, dtype=np.int32).reshape(1, -1)
    assert blocks.stacked([many], "segments_2d").max() == 69_999
    assert blocks.stacked([many[:, :50]], "segments_2d").dtype == np.uint16
