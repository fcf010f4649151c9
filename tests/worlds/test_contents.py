"""What is made of the files in class folders: no leaks, no picture with two labels, and a true reason for each loss."""

import re
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.runs.settings import Refused
from core.worlds import open_world
from core.worlds.splits import split
from tests.worlds.drawn import classes, encoded, folder, jpeg, picture, zipped

pytestmark = pytest.mark.usefixtures("home")
PAIR = ("cats", "dogs")
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
DREW_ANEW = "The parts leave nothing to train or nothing to test on, so training and test pictures are drawn anew."
TAKEN = "Folders taken as parts: {}. Those inside them were taken as classes."


def reasons(world):
    return {skipped.name: skipped.reason for skipped in world.skipped}


def parts_of(world, files):
    """The contents of the three parts; fails where two of them share a picture."""
    held = [{files[world.names[k]] for k in part} for part in vars(split(world)).values()]
    assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    return held


# ---- leaks ----------------------------------------------------------------------------------------------------------


def test_copies_stay_together_when_the_given_test_part_is_unusable(tmp_path):
    """The only class of the test part has nothing to train on, so the split is ours; and copies are not divided."""
    files = classes({"cats": 12, "dogs": 12}, "train/")
    files |= {name.replace(".jpg", " copy.jpg"): data for name, data in files.items()}
    files |= classes({"owls": 2}, "test/", seed=3)
    world = open_world(folder(tmp_path / "photos", files))
    assert (world.classes, world.given) == (PAIR, None)
    assert all(parts_of(world, files))
    assert world.notes == (TAKEN.format("test (test), train (training)"), DREW_ANEW)


def test_copies_within_a_given_training_part_are_not_validated_on(tmp_path):
    files = classes({"cats": 12, "dogs": 12}, "train/")
    files |= {name.replace(".jpg", " copy.jpg"): data for name, data in files.items()}
    files |= classes({"cats": 3, "dogs": 3}, "test/", seed=3)
    assert all(parts_of(open_world(folder(tmp_path / "photos", files)), files))


def test_copies_in_a_class_that_never_trains_are_told_by_that_reason_alone(tmp_path):
    files = classes({"cats": 4, "dogs": 4}, "train/") | classes({"owls": 2}, "test/", seed=1)
    files["val/owls/again.jpg"] = files["test/owls/0.jpg"]
    world = open_world(folder(tmp_path / "photos", files))
    assert set(world.names) == {name for name in files if name.startswith("train")}
    assert reasons(world) == {"owls": "a class without pictures to train on"}


def test_copies_of_two_pictures_train_and_test(tmp_path):
    files = {f"red/{k}.jpg": jpeg(k % 2) for k in range(8)} | classes({"blue": 8}, seed=1)
    world = open_world(folder(tmp_path, files))
    parts_of(world, files)
    for part in (split(world).train, split(world).test):
        assert set(world.labels[part]) == {0, 1}


def test_a_class_of_one_picture_many_times_is_no_class(tmp_path):
    files = {f"red/{k}.jpg": jpeg(1) for k in range(8)} | classes({"blue": 8, "green": 8}, seed=1)
    world = open_world(folder(tmp_path, files))
    assert world.classes == ("blue", "green")
    assert reasons(world) == {"red": "a class with only 1 usable picture, 8 times; 2 are needed"}


# ---- a picture in two classes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("one", "other"), [("", ""), ("train/", "train/"), ("train/", "test/")])
def test_a_picture_in_two_classes_is_used_in_neither_and_named(tmp_path, one, other):
    files = classes({"cats": 4, "dogs": 4}, one)
    files |= {} if one == other else classes({"cats": 3, "dogs": 3}, other, seed=1)
    files[f"{other}dogs/also.jpg"] = files[f"{one}cats/1.jpg"]
    files[f"{other}dogs/again.jpg"] = files[f"{one}cats/1.jpg"]
    world = open_world(zipped(tmp_path / "z.zip", files))
    names = (f"{one}cats/1.jpg", f"{other}dogs/also.jpg", f"{other}dogs/again.jpg")
    assert set(world.names) == files.keys() - set(names)
    assert reasons(world)[names[0]].startswith(f"the same picture lies in another class, as {other}dogs/")
    assert reasons(world)[names[1]] == f"the same picture lies in another class, as {names[0]}"
    pair = f"{names[0]} = {names[2]}"
    assert world.notes[-1].startswith("The same picture lies in two classes, so it is used in neither: ")
    assert world.notes[-1].endswith((f"{pair}.", f"{names[2]} = {names[0]}."))


def test_a_class_inside_another_is_named_as_the_reason(tmp_path):
    files = classes({"cats": 6, "owls": 3})
    files |= {f"dogs/{k}.jpg": files[f"cats/{k}.jpg"] for k in range(4)}
    assert reasons(open_world(folder(tmp_path / "three", files)))["dogs"] == (
        "a class whose pictures all lie in another class too"
    )
    two = {name: data for name, data in files.items() if not name.startswith("owls")}
    with pytest.raises(Refused, match=r"only cats is left \(dogs: a class whose pictures all lie in another class too"):
        open_world(folder(tmp_path / "two", two))


# ---- reasons --------------------------------------------------------------------------------------------------------


def test_a_class_that_drops_out_is_named_with_its_reason(tmp_path):
    files = classes({"cats": 3, "dogs": 3}) | {f"owls/{k}.heic": HEIC for k in range(3)}
    world = open_world(folder(tmp_path / "three", files))
    assert reasons(world)["owls"] == "a class without a usable picture (HEIC is not read here; save it as JPEG)"
    two = {name: data for name, data in files.items() if not name.startswith("dogs")}
    with pytest.raises(Refused, match=r"only cats is left \(owls: .*HEIC is not read here; save it as JPEG\)\)\.$"):
        open_world(folder(tmp_path / "two", two))
    none = {f"{cls}/{k}.heic": HEIC for cls in PAIR for k in range(2)}
    with pytest.raises(Refused, match=r"no picture in it can be used .*; cats: .*HEIC is not read here"):
        open_world(folder(tmp_path / "none", none))


def test_a_class_of_one_good_picture_is_not_called_the_only_class(tmp_path):
    files = classes({"cats": 3}) | {"dogs/1.png": encoded(picture(1), "PNG")[:-60]}
    with pytest.raises(Refused, match=r"only cats is left \(dogs: .*the file is broken"):
        open_world(folder(tmp_path / "photos", files))


def test_long_names_leave_a_sentence_that_can_be_read(tmp_path):
    files = classes({"c" * 200: 3}) | {f"{'d' * 200}/{k}.heic": HEIC for k in range(3)}
    with pytest.raises(Refused) as refused:
        open_world(zipped(tmp_path / "z.zip", files))
    assert len(str(refused.value)) < 300 + len(str(tmp_path))


def test_the_entry_of_a_folder_itself_is_no_file(tmp_path):
    address = zipped(tmp_path / "z.zip", classes({"cats": 2, "dogs": 2}))
    with zipfile.ZipFile(address, "a") as made:
        for name, attributes in (("cats/", 0x10), ("owls", 0o040755 << 16), ("ants", 0x10)):
            about = zipfile.ZipInfo(name)
            about.external_attr = attributes
            made.writestr(about, b"")
    assert open_world(address).skipped == ()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (("train", "test"), []),
        (("train", "val", "test"), []),
        (("train", "val"), ["Without a test part, the validation pictures are the test."]),
        (("val", "test"), [DREW_ANEW]),
    ],
)
def test_what_becomes_of_the_parts_is_said(tmp_path, parts, said):
    files = {}
    for seed, part in enumerate(parts):
        files |= classes({"cats": 4, "dogs": 4}, f"{part}/", seed=seed)
    world = open_world(folder(tmp_path, files))
    assert list(world.notes[1:]) == said
    parts_of(world, files)


# ---- any contents ---------------------------------------------------------------------------------------------------

LAYOUTS = st.sampled_from([("",), ("train/", "test/"), ("train/", "val/"), ("train/", "val/", "test/"), ("", "test/")])
FEW = st.dictionaries(
    st.tuples(st.integers(0, 2), st.sampled_from(["cats", "dogs", "Cats", "cats1"]), st.integers(0, 5)),
    st.integers(-1, 12),
    min_size=4,
    max_size=40,
)
MANY = settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
BROKEN = b"no picture"


@MANY
@given(FEW, LAYOUTS)
@example({(0, "cats", k): k for k in range(6)} | {(0, "dogs", k): k + 2 for k in range(2)}, ("",))
@example({(0, name, k): k + len(name) for name in ("cat", "cat1") for k in (0, 4)}, ("",))
@example(
    {(0, name, k): 2 * k + len(name) for name in ("cats", "Cats1") for k in (0, 1)} | {(1, "dogs", 0): 12},
    ("", "test/"),
)
def test_of_any_contents_nothing_is_lost_and_nothing_leaks(tmp_path_factory, drawn, parts):
    """Numbers stand for pictures, so that copies and contradictions are common; -1 is no picture."""
    files = {
        f"{parts[part % len(parts)]}{cls}/{k}.jpg": BROKEN if seed < 0 else jpeg(seed)
        for (part, cls, k), seed in drawn.items()
    }
    try:
        world = open_world(zipped(tmp_path_factory.mktemp("any") / "z.zip", files))
    except Refused as refused:
        assert re.fullmatch(r"[^\n]+\.", str(refused))  # noqa: PT017
        return
    said, labels, found = reasons(world), {}, split(world)
    for name in files:
        assert (name in world.names) != bool({name, *name.split("/")[:-1]} & said.keys()), name
    for label, name in zip(world.labels, world.names, strict=True):
        assert world.classes[label] == name.split("/")[-2]
        assert labels.setdefault(files[name], label) == label, "a picture has one label"
    parts_of(world, files)
    every = set(range(len(world.classes)))
    assert set(world.labels[found.train]) == every, "each class has something to train on"
    assert len(found.test)
    assert world.given is not None or set(world.labels[found.test]) == every, "and something to be tested on"
