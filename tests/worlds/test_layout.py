"""What folders are taken for: parts, classes, a copy of everything; or one line that says how to lay them out."""

import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.experiments.look_through import look_through
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.worlds import open_world, tree
from core.worlds.layout import Unclear, arranged
from core.worlds.part_words import says_nothing
from core.worlds.tree import natural
from core.worlds.world import TEST, TRAIN, UNDECIDED, VALIDATION
from tests.worlds.drawn import classes, folder, jpeg

MANY = settings(max_examples=300, deadline=None, derandomize=True)
PAIR = ("cats", "dogs")
SUFFIXES = (".jpg", ".txt", ".csv", ".md")


def read(*names):
    """Folder (or file) → its class and part, or None; every file of a folder alike. And what is said."""
    files = {name: [name] if name.endswith(SUFFIXES) else [f"{name}/{k}.jpg" for k in range(2)] for name in names}
    found = arranged([tuple(file.split("/")) for inner in files.values() for file in inner])
    places = {}
    for name, inner in files.items():
        alike = {found.place(tuple(file.split("/"))) for file in inner}
        assert len(alike) == 1
        place = alike.pop()
        places[name] = place if isinstance(place, tuple) else None
    return places, found.notes


def refusal(*names):
    with pytest.raises(Unclear) as unclear:
        read(*names)
    return str(unclear.value)


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
        (("train2017", "val2017"), (TRAIN, VALIDATION)),
        (("flowers-train", "flowers-valid"), (TRAIN, VALIDATION)),
        (("pets_train", "validation"), (TRAIN, VALIDATION)),
        (("1_train", "2_val"), (TRAIN, VALIDATION)),
        (("val", "test"), (VALIDATION, TEST)),
        (("train images", "test images"), (TRAIN, TEST)),
        (("train1", "train2"), (TRAIN, TRAIN)),
        (("trainval", "test"), (TRAIN, TEST)),
    ],
)
@pytest.mark.parametrize("above", ["", "photos/", "a/b/c/d/photos/"])
@pytest.mark.parametrize("inside", ["", "images/"])
def test_folders_named_after_parts_are_parts(names, meant, above, inside):
    found, notes = read(*(f"{above}{part}/{inside}{cls}" for part in names for cls in PAIR))
    assert found == {
        f"{above}{name}/{inside}{cls}": (cls, part) for name, part in zip(names, meant, strict=True) for cls in PAIR
    }
    assert len(notes) == 1
    assert all(f"{name} (" in notes[0] for name in names), "what was taken for what is said"


@pytest.mark.parametrize("flat", ["seg_pred", "test1", "test/test", "test/images", "predictions"])
def test_a_part_without_classes_is_not_used(flat):
    found, notes = read(*divided("seg_train/seg_train"), *divided("seg_val"), flat)
    assert found["seg_train/seg_train/cats"] == ("cats", TRAIN)
    assert found["seg_val/dogs"] == ("dogs", VALIDATION)
    assert found[flat] is None
    assert f"{flat.split('/')[0]} (not used: no classes)" in notes[0]


def test_a_class_that_is_tested_alone_is_that_class():
    """A folder around everything wraps nothing where it is a class in another part."""
    found, _ = read(*divided("train"), "test/cats/2021")
    assert found["test/cats/2021"] == ("cats", TEST)


@pytest.mark.parametrize("of_dogs", [("train", "test"), ("train",)])
def test_classes_divided_each_for_itself(of_dogs):
    meant = {f"cats/{part}": ("cats", of) for part, of in (("train", TRAIN), ("test", TEST))}
    meant |= {f"dogs/{part}": ("dogs", {"train": TRAIN, "test": TEST}[part]) for part in of_dogs}
    found, notes = read(*meant)
    assert found == meant
    assert "train (training)" in notes[0]


@pytest.mark.parametrize(
    "names",
    [
        ("training_shoes", "test_tubes"),
        ("train", "car", "bus"),
        ("test", "cats", "dogs"),
        ("valid", "invalid"),
        ("test", "quiz"),
        ("dev team", "sales team"),
        ("class 1", "class 2"),
        ("images", "pictures"),
        ("train1", "train2"),
    ],
)
def test_classes_that_sound_like_parts_are_classes_and_that_is_said(names):
    found, notes = read(*names)
    assert found == {name: (name, UNDECIDED) for name in names}
    doubtful = [name for name in names if says_nothing(name)]
    assert len(notes) == bool(doubtful)
    assert all(name in notes[0] for name in doubtful)


def test_classes_named_like_parts_inside_parts_are_classes():
    meant = {f"{part}/{cls}": (cls, of) for part, of in (("train", TRAIN), ("test", TEST)) for cls in ("train", "car")}
    assert read(*meant)[0] == meant


@pytest.mark.parametrize("names", [("train", "test"), ("seg_train", "seg_test"), ("Train", "val", "Test")])
@pytest.mark.parametrize("inside", ["", "/images", "/{}"])
def test_parts_without_class_folders_are_refused_with_the_way_out(tmp_path, names, inside):
    names = [name + inside.replace("{}", name) for name in names]
    assert "pictures without classes" in refusal(*names)
    address = folder(tmp_path / "photos", {f"{name}/{k}.jpg": jpeg(k) for name in names for k in range(2)})
    with pytest.raises(Refused, match=r"pictures without classes; .* such as train/cats and test/cats\.$"):
        open_world(address)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((*divided("train"), "sample"), "beside sample, train holds the folders cats and dogs"),
        ((*divided("images"), "docs"), "beside docs, images holds the folders cats and dogs"),
        (divided("fold1", "fold2"), "fold1 and fold2 hold folders of the same names, cats and dogs"),
        (divided("images", "masks"), "images and masks hold folders of the same names"),
        (("cats/train", "cats/test", "dogs"), "if these are the parts, take away what lies beside cats"),
        (("images/train", "images/val", "labels/train", "labels/val"), "images and labels hold the parts"),
        (("valid", "test", "expired"), "rename them if they are classes"),
    ],
)
def test_what_could_mean_two_things_is_refused_with_the_way_out(names, told):
    assert told in refusal(*names)
    assert refusal(*names).count(".") == 1, "one sentence"


@pytest.mark.parametrize("copy", ["flowers", "archive/flowers", "train"])
@pytest.mark.parametrize("stray", [(), ("LICENSE.txt",)])
def test_a_copy_of_the_whole_set_inside_it_is_no_class(copy, stray):
    inner = [f"flowers/{copy}/{name}" for name in ("daisy", "rose", *stray)]
    found, notes = read("flowers/daisy", "flowers/rose", *inner)
    assert found == {"flowers/daisy": ("daisy", UNDECIDED), "flowers/rose": ("rose", UNDECIDED)} | dict.fromkeys(inner)
    assert "second copy" in notes[0]


def test_a_class_dragged_into_another_is_not_labelled_as_that():
    assert read(*PAIR, "cats/dogs")[0] == {"cats": ("cats", UNDECIDED), "dogs": ("dogs", UNDECIDED), "cats/dogs": None}


@pytest.mark.parametrize("tested", [PAIR, ("cats",)])
@pytest.mark.parametrize("inside", ["", "test/"])
def test_a_test_folder_beside_the_classes_is_their_test_part(tested, inside):
    meant = {cls: (cls, TRAIN) for cls in PAIR} | {f"test/{inside}{cls}": (cls, TEST) for cls in tested}
    found, notes = read(*meant)
    assert found == meant
    assert "the test part" in notes[0]


def test_validation_and_test_folders_beside_the_classes_are_their_parts():
    parts = {"val": VALIDATION, "test": TEST}
    meant = {cls: (cls, TRAIN) for cls in PAIR} | {
        f"{part}/{cls}": (cls, parts[part]) for part in parts for cls in PAIR
    }
    assert read(*meant)[0] == meant
    flat = read(*PAIR, *divided("val"), "test")[0]
    assert (flat["val/cats"], flat["test"]) == (("cats", VALIDATION), None)


def test_texts_and_tables_beside_pictures_mean_nothing():
    found, _ = read("repo/README.md", "repo/docs/a.md", "repo/labels/1.csv", *(f"repo/data/{cls}" for cls in PAIR))
    assert {name: place for name, place in found.items() if place} == {
        f"repo/data/{cls}": (cls, UNDECIDED) for cls in PAIR
    }


def test_names_that_differ_in_case_are_two_classes_also_across_parts():
    meant = {"train/Cats": ("Cats", TRAIN), "train/cats": ("cats", TRAIN), "test/CATS": ("CATS", TEST)}
    assert read(*meant)[0] == meant


def test_folders_inside_classes_are_said():
    found, notes = read("cats/2021", "cats/2022", "dogs")
    assert found["cats/2021"] == found["cats/2022"] == ("cats", UNDECIDED)
    assert notes == ["Folders inside cats were not taken as classes: their pictures count to that class."]


def test_folders_in_thousands_of_folders_take_no_memory():
    """In a zip of a stranger: the path of each, written out, would take the square of their number."""
    deep = [(*["a"] * 3_000, cls, "x.jpg") for cls in PAIR]
    tracemalloc.start()
    try:
        found = arranged(deep)
        assert tracemalloc.get_traced_memory()[1] < 2e6
    finally:
        tracemalloc.stop()
    assert isinstance(found.place(deep[0]), str | tuple)


def test_thousands_of_folders_beside_one_another_are_read_once_each(monkeypatch):
    """Never each with each: a zip may hold a hundred thousand."""
    calls = []
    monkeypatch.setattr(tree, "natural", lambda name: (calls.append(name), natural(name))[1])
    for n in (500, 1000):
        calls.clear()
        paths = [(f"c{k}", "x.jpg") for k in range(n)] + [("test", f"c{k}", "x.jpg") for k in range(n)]
        found = arranged(paths)
        assert (found.place(paths[9]), found.place(paths[-1])) == (("c9", TRAIN), (f"c{n - 1}", TEST))
        assert len(calls) <= 3 * n


def test_what_was_taken_for_what_is_told_by_look_through(home, tmp_path):
    files = classes({"cats": 3, "dogs": 3}, "seg_train/") | classes({"cats": 3, "dogs": 3}, "seg_test/", seed=1)
    for _ in drive(spec := Spec.of(look_through, data=folder(tmp_path / "photos", files))):
        pass
    assert Store().open(spec).summary["notes"] == [
        "Folders taken as parts: seg_test (test), seg_train (training). Those inside them were taken as classes."
    ]


# ---- a tree made from a meaning -------------------------------------------------------------------------------------

SPELLED = {
    TRAIN: ("train", "Training", "TRAIN"),
    VALIDATION: ("val", "valid", "Dev", "evaluation"),
    TEST: ("test", "Testing"),
}
ALONE = st.sampled_from(["{}", "{} ", "{}_set", "{}Data", "{}-images", "1 {}", "{}2017", "{} photos"])
TOGETHER = st.sampled_from(["seg_{}", "my flowers {}", "{}_pets", "Intel-{}-data"])
CLASS = st.sampled_from(
    ["cats", "dogs", "Owls", "owls", "class 10", "猫", "train station", "a b", "train", "valid", "1"]
)
ABOVE = st.lists(st.sampled_from(["photos", "archive", "data set"]), max_size=2, unique=True)
INSIDE = st.lists(st.sampled_from(["images", "photos", "jpg"]), max_size=1)
DEEPER = st.sampled_from(["", "/2021", "/left/a"])


@st.composite
def meanings(draw):
    """Folder → class and part, as a person lays them out; every class trains, some are held out."""
    parts = [TRAIN, *draw(st.lists(st.sampled_from([VALIDATION, TEST]), min_size=1, unique=True))]
    names = draw(st.lists(CLASS, min_size=2, max_size=5, unique=True))
    above, together = draw(ABOVE), draw(st.none() | TOGETHER)
    meant = {}
    for part in parts:
        word = draw(st.sampled_from(SPELLED[part]))
        top = (together or draw(ALONE)).format(word)
        inside = draw(INSIDE | st.just([top]))
        held = names if part == TRAIN else draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        if len(held) == 1 and says_nothing(held[0]):
            inside = []
        for cls in held:
            meant["/".join((*above, top, *inside, cls)) + draw(DEEPER)] = (cls, part)
    beside = draw(st.sets(st.sampled_from(["README.md", "labels.csv", "extra/a.txt"])))
    return meant, ["/".join((*above, name)) for name in sorted(beside)]


@MANY
@given(meanings())
@example(({"train/train/train": ("train", TRAIN), "train/train/1": ("1", TRAIN), "test/1/2021": ("1", TEST)}, []))
def test_a_tree_with_a_meaning_is_read_as_it_is_meant(drawn):
    meant, beside = drawn
    found, notes = read(*meant, *beside)
    assert {name: found[name] for name in meant} == meant
    assert not any(found[name] for name in beside)
    assert notes[0].startswith("Folders taken as parts: ")


@MANY
@given(
    st.lists(CLASS, min_size=2, max_size=5, unique=True).filter(lambda names: not {"train", "valid"} <= {*names}),
    ABOVE,
    st.data(),
)
def test_class_folders_are_classes_under_any_wrapping_and_names(names, above, data):
    meant = {"/".join((*above, name)) + data.draw(DEEPER): (name, UNDECIDED) for name in names}
    found, notes = read(*meant)
    assert found == meant
    assert all(name in " ".join(notes) for name in names if says_nothing(name))


# ---- any tree -------------------------------------------------------------------------------------------------------

WORDS = ["train", "test", "val", "seg_train", "seg_test", "test1", "cats", "dogs", "Cats", "flowers", "images", "pred"]
TREE = st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(tuple), min_size=1, max_size=8, unique=True)


def is_like_a_part(name):
    return any(word in name.lower() for word in ("train", "test", "val", "pred", "images"))


@MANY
@given(TREE)
@example([("train",), ("test",)])
@example([("flowers", "cats"), ("flowers", "dogs"), ("flowers", "flowers", "cats"), ("flowers", "flowers", "dogs")])
@example([("train", "cats"), ("train", "dogs"), ("test1",)])
@example([("cats",), ("dogs",), ("cats", "dogs")])
def test_of_any_tree_no_file_is_lost_and_no_two_classes_become_one(folders):
    files = [(*name, f"{k}.jpg") for name in folders for k in range(2)]
    try:
        found = arranged(files)
    except Unclear as unclear:
        assert "put the pictures of each class into a folder" in str(unclear)  # noqa: PT017
        return
    placed = {file: found.place(file) for file in files}
    assert all(place if isinstance(place, str) else place[0] in file[:-1] for file, place in placed.items())
    named = [(file, place) for file, place in placed.items() if not isinstance(place, str)]
    for one, place in named:
        for other, its_place in named:
            if place == its_place:
                assert one[:-1] == other[:-1] or alike(one, other, place[0]), (one, other)
    for name in {place[0] for _, place in named}:
        assert not says_nothing(name) or len({place[0] for _, place in named}) == 1 or name in " ".join(found.notes)


def alike(one, other, cls):
    """Whether two files may share a class: it is one folder, or it is in two folders that are named like parts."""
    above, its_above = (path[: path.index(cls)] for path in (one, other))
    if above == its_above:
        return True
    first = next((k for k, pair in enumerate(zip(above, its_above, strict=False)) if pair[0] != pair[1]), None)
    tops = (one[: len(above) + 1], other[: len(its_above) + 1])
    return first is not None and all(any(map(is_like_a_part, top)) for top in tops)
