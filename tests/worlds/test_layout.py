"""What folders are taken for: parts, classes, a copy of everything; or one line that says how to lay them out."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.experiments.look_through import look_through
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.worlds import open_world
from core.worlds.layout import Unclear, arranged
from core.worlds.splits import split
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION
from tests.worlds.drawn import classes, encoded, folder, jpeg, picture, zipped

MANY = settings(max_examples=300, deadline=None)
PAIR = ("cats", "dogs")


def paths(*folders, files=2):
    return [(*name.split("/"), f"{k}.jpg") for name in folders for k in range(files)]


def read(*folders):
    """Folder → its class and part, or None; every file of a folder alike."""
    found = arranged(paths(*folders))
    places = {}
    for path, place in found.places.items():
        places.setdefault("/".join(path[:-1]), set()).add(place if isinstance(place, tuple) else None)
    assert all(len(alike) == 1 for alike in places.values())
    return {name: alike.pop() for name, alike in places.items()}, found.notes


def divided(*parts):
    return [f"{part}/{cls}" for part in parts for cls in PAIR]


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (("train", "test"), (TRAIN, TEST)),
        (("Train ", "TEST"), (TRAIN, TEST)),
        (("train", "dev"), (TRAIN, VALIDATION)),
        (("training", "evaluation"), (TRAIN, VALIDATION)),
        (("seg_train", "seg_test"), (TRAIN, TEST)),
        (("training_set", "test_set"), (TRAIN, TEST)),
        (("TrainingData", "TestData"), (TRAIN, TEST)),
        (("trainset", "testset"), (TRAIN, TEST)),
        (("flowers-train", "flowers-valid"), (TRAIN, VALIDATION)),
        (("1_train", "2_val"), (TRAIN, VALIDATION)),
        (("val", "test"), (VALIDATION, TEST)),
        (("train images", "test images"), (TRAIN, TEST)),
    ],
)
@pytest.mark.parametrize("above", ["", "photos/", "archive/photos/"])
@pytest.mark.parametrize("inside", ["", "images/"])
def test_folders_named_after_parts_are_parts(names, meant, above, inside):
    found, notes = read(*(f"{above}{part}/{inside}{cls}" for part in names for cls in PAIR))
    assert found == {
        f"{above}{name}/{inside}{cls}": (cls, part) for name, part in zip(names, meant, strict=True) for cls in PAIR
    }
    assert len(notes) == 1
    assert all(f"{name} (" in notes[0] for name in names), "what was taken for what is said"


def test_a_part_to_be_predicted_has_no_classes():
    found, notes = read(*divided("seg_train", "seg_test"), "seg_pred")
    assert found["seg_train/cats"] == ("cats", TRAIN)
    assert found["seg_pred"] is None
    assert "seg_pred (not used: no classes)" in notes[0]


def test_classes_divided_each_for_itself():
    found, _ = read(*(f"{cls}/{part}" for cls in PAIR for part in ("train", "test")))
    assert found == {"cats/train": ("cats", TRAIN), "cats/test": ("cats", TEST)} | {
        "dogs/train": ("dogs", TRAIN),
        "dogs/test": ("dogs", TEST),
    }


@pytest.mark.parametrize(
    "names",
    [
        ("training_shoes", "test_tubes"),
        ("train", "car", "bus"),
        ("valid", "invalid"),
        ("test", "quiz"),
        ("dev team", "sales team"),
        ("class 1", "class 2"),
        ("images", "pictures"),
        ("train1", "train2"),
    ],
)
def test_classes_that_sound_like_parts_are_classes(names):
    found, notes = read(*names)
    assert found == {name: (name, UNDECIDED) for name in names}
    assert notes == []


@pytest.mark.parametrize("names", [("train", "test"), ("seg_train", "seg_test"), ("Train", "val", "Test")])
def test_parts_without_class_folders_are_refused_with_the_way_out(tmp_path, names):
    with pytest.raises(Unclear):
        arranged(paths(*names))
    address = folder(tmp_path / "photos", {f"{name}/{k}.jpg": jpeg(k) for name in names for k in range(2)})
    with pytest.raises(Refused, match=r"pictures without classes; put .* such as train/cats and test/cats\.$"):
        open_world(address)


def test_a_copy_of_the_whole_set_inside_it_is_no_class():
    found, notes = read("flowers/daisy", "flowers/rose", "flowers/flowers/daisy", "flowers/flowers/rose")
    assert found["flowers/rose"] == ("rose", UNDECIDED)
    assert found["flowers/flowers/rose"] is None
    assert "second copy" in notes[0]


def test_a_test_folder_beside_the_classes_is_their_test_part():
    found, notes = read(*PAIR, *divided("test"))
    assert found == {"cats": ("cats", TRAIN), "dogs": ("dogs", TRAIN)} | {f"test/{cls}": (cls, TEST) for cls in PAIR}
    assert "the test part" in notes[0]


def test_what_was_taken_for_what_is_told_by_look_through(home, tmp_path):
    address = folder(
        tmp_path / "photos",
        classes({"cats": 3, "dogs": 3}, "seg_train/") | classes({"cats": 3, "dogs": 3}, "seg_test/", seed=1),
    )
    *_, run = consume(drive(Spec.of(look_through, data=address)))
    assert run.summary["notes"] == [
        "Folders taken as parts: seg_test (test), seg_train (training). Those inside them were taken as classes."
    ]


def consume(driven):
    while True:
        try:
            yield next(driven)
        except StopIteration as end:
            yield end.value
            return


# ---- any tree -------------------------------------------------------------------------------------------------------

DECORATED = st.sampled_from(["{}", "{} ", "{}_set", "{}Data", "seg_{}", "my flowers {}", "{}-images", "1 {}"])
WORDS = [(TRAIN, "train"), (TRAIN, "Training"), (VALIDATION, "val"), (VALIDATION, "valid"), (TEST, "test")]
WORD = st.sampled_from([*WORDS, (TEST, "Testing")])
CLASS = st.sampled_from(["cats", "dogs", "Owls", "class 10", "猫", "train station", "a b"])
ABOVE = st.lists(st.sampled_from(["photos", "archive", "data set"]), max_size=2, unique=True)


@MANY
@given(
    ABOVE,
    DECORATED,
    st.lists(WORD, min_size=2, max_size=3, unique_by=lambda word: word[0]),
    st.lists(CLASS, min_size=2, max_size=4, unique=True),
    ABOVE,
)
def test_a_tree_with_a_meaning_is_read_as_it_is_meant(above, decorated, parts, names, inside):
    meant = {
        "/".join((*above, decorated.format(word), *inside, cls)): (cls, part) for part, word in parts for cls in names
    }
    assert read(*meant)[0] == meant


NAME = st.sampled_from(
    ["train", "test", "val", "dev", "seg_train", "seg_test", "cats", "dogs", "Cats", "flowers", "images", "pred"]
)
TREE = st.lists(st.lists(NAME, max_size=4).map(tuple), min_size=1, max_size=8, unique=True)


@MANY
@given(TREE)
@example([("train",), ("test",)])
@example([("flowers", "cats"), ("flowers", "dogs"), ("flowers", "flowers", "cats"), ("flowers", "flowers", "dogs")])
def test_of_any_tree_no_file_is_lost_and_no_two_classes_become_one(folders):
    files = [(*name, f"{k}.jpg") for name in folders for k in range(2)]
    try:
        found = arranged(files)
    except Unclear as unclear:
        assert "put the pictures of each class into a folder" in str(unclear)  # noqa: PT017
        return
    assert set(found.places) == set(files)
    for path, place in found.places.items():
        assert isinstance(place, str) or place[0] in path[:-1], "a class is a folder above the file"
    depths = {path[: path.index(place[0]) + 1] for path, place in found.places.items() if not isinstance(place, str)}
    for one in depths:
        alike = {other for other in depths if other[-1] == one[-1]}
        assert len({other[:-1] for other in alike}) == len(alike)


# ---- leaks, contradictions, reasons ---------------------------------------------------------------------------------


def test_copies_stay_together_when_the_given_test_part_is_unusable(home, tmp_path):
    """The only class of the test part has nothing to train on, so the split is ours; and copies are not divided."""
    files = classes({"cats": 12, "dogs": 12}, "train/")
    files |= {name.replace(".jpg", " copy.jpg"): data for name, data in files.items()}
    files |= classes({"owls": 2}, "test/", seed=3)
    world = open_world(folder(tmp_path / "photos", files))
    assert world.classes == PAIR
    assert world.given is None
    parts = split(world)
    digests = [{files[world.names[k]] for k in part} for part in (parts.train, parts.validation, parts.test)]
    assert all(digests)
    assert not digests[0] & digests[1] and not digests[0] & digests[2] and not digests[1] & digests[2]  # noqa: PT018


def test_copies_within_a_given_training_part_are_not_validated_on(home, tmp_path):
    files = classes({"cats": 12, "dogs": 12}, "train/")
    files |= {name.replace(".jpg", " copy.jpg"): data for name, data in files.items()}
    files |= classes({"cats": 3, "dogs": 3}, "test/", seed=3)
    world = open_world(folder(tmp_path / "photos", files))
    parts = split(world)
    assert not {files[world.names[k]] for k in parts.train} & {files[world.names[k]] for k in parts.validation}


def test_a_picture_in_two_classes_is_named(home, tmp_path):
    files = classes({"cats": 3, "dogs": 3})
    files["dogs/also.jpg"] = files["cats/1.jpg"]
    world = open_world(zipped(tmp_path / "z.zip", files))
    assert world.notes == (
        "The same picture lies in two classes, so one of its labels is wrong: cats/1.jpg = dogs/also.jpg.",
    )


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)


def test_a_class_that_drops_out_is_named_with_its_reason(home, tmp_path):
    files = classes({"cats": 3, "dogs": 3}) | {f"owls/{k}.heic": HEIC for k in range(3)}
    world = open_world(folder(tmp_path / "three", files))
    skipped = {one.name: one.reason for one in world.skipped}
    assert skipped["owls"] == "a class without a usable picture (HEIC is not read here; save it as JPEG)"
    two = {name: data for name, data in files.items() if not name.startswith("dogs")}
    with pytest.raises(Refused, match=r"only cats is left \(owls: HEIC is not read here; save it as JPEG\)\.$"):
        open_world(folder(tmp_path / "two", two))
    none = {f"{cls}/{k}.heic": HEIC for cls in PAIR for k in range(2)}
    with pytest.raises(Refused, match=r"no picture in it can be used .*; cats: HEIC is not read here"):
        open_world(folder(tmp_path / "none", none))


def test_a_class_of_one_good_picture_is_not_called_the_only_class(home, tmp_path):
    files = classes({"cats": 3}) | {"dogs/1.png": encoded(picture(1), "PNG")[:-60]}
    with pytest.raises(Refused, match=r"only cats is left \(dogs: the file is broken"):
        open_world(folder(tmp_path / "photos", files))


def test_the_entry_of_a_folder_itself_is_no_file(home, tmp_path):
    import zipfile

    address = zipped(tmp_path / "z.zip", classes({"cats": 2, "dogs": 2}))
    with zipfile.ZipFile(address, "a") as made:
        for name, attributes in (("cats/", 0x10), ("owls", 0o040755 << 16), ("ants", 0x10)):
            about = zipfile.ZipInfo(name)
            about.external_attr = attributes
            made.writestr(about, b"")
    assert open_world(address).skipped == ()
