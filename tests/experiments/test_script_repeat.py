"""Any run, taken home and run again where the project is not: only the packages of this environment are there."""

import dataclasses
import io
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from core.experiments import EXPERIMENTS, Spec
from core.experiments import script_repeat as module
from core.experiments.script import script
from core.experiments.script_modules import ROOT, imported, modules, named_in, pointed_at, requirements, words_in
from core.methods.catalog import METHODS
from core.methods.puzzles import TASKS
from core.models.catalog import NETWORKS
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.store import Store
from core.worlds import WORLDS
from core.worlds.uploads import forget, store_upload
from tests.worlds.annotated_drawn import grey, patched, pngs
from tests.worlds.drawn import classes
from tests.worlds.drawn import folder as on_disk

TINY = {"source": "none", "network": "labnet", "pictures": 4, "tested": 4, "steps": 2, "size": 32,
        "precision": "float32"}  # fmt: skip
USED = """
import runpy, sys
sys.path.insert(0, "")
runpy.run_path("repeat.py") if sys.argv[1:] == ["file"] else __import__("repeat")
print("used", *{module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "core"})
"""


def taken_home(run, folder):
    """The unpacked script of a run."""
    spec = Spec.of(script, run=run.id)
    for _ in drive(spec, Store()):
        pass
    with zipfile.ZipFile(Store().open(spec).artifact("script")) as archive:
        archive.extractall(folder)
    return folder / f"transferlab-{run.id}"


def photos():
    """A zip of two classes whose names want care in code, in HTML and in a template."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in classes({"a <b>'{{c}}": 12, "b <b>'{{c}}": 12}).items():
            archive.writestr(name, data)
    return out.getvalue()


def environment(**more):
    """Without the project: -S reads no .pth file, by which alone it is installed, and the home is an empty one."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": sysconfig.get_paths()["purelib"], "OMP_NUM_THREADS": "1", **more}


def repeated(folder, *command, cwd=None):
    """What repeat.py prints; nothing of the project but what it brings was used."""
    done = subprocess.run(
        [sys.executable, "-S", *(command or ("-c", USED))], cwd=cwd or folder, capture_output=True, text=True,
        timeout=300, env=environment(HOME=str(folder / "nobody")),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    if not command:
        used = [Path(file).resolve() for file in done.stdout.rpartition("\nused ")[2].split()]
        assert len(used) > 20
        assert all(file.is_relative_to(folder.resolve()) for file in used), used
    return done.stdout


def assert_equal(words):
    assert "rows: equal, apart by 0 at most" in words
    assert "summary: equal, apart by 0 at most" in words


def test_the_project_is_not_to_be_found_where_a_script_is_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import core"], cwd=tmp_path, env=environment(), capture_output=True, text=True
    )
    assert "No module named 'core'" in done.stderr


@pytest.fixture(scope="module")
def segmented(finish, tmp_path_factory):
    run, _ = finish("segment", **TINY)
    return run, taken_home(run, tmp_path_factory.mktemp("segmented"))


def test_a_station_is_repeated_bit_for_bit_without_the_project(segmented):
    run, folder = segmented
    words = repeated(folder)
    assert_equal(words)
    (test,) = [row for row in run.rows() if row["split"] == "test"]
    expected = json.loads((folder / "expected.json").read_text())
    assert expected["rows"]["test"] == [{name: value for name, value in test.items() if name != "seconds"}]
    assert (folder / "artifacts" / "network.safetensors").read_bytes() == (
        run.folder / "artifacts" / "network.safetensors"
    ).read_bytes()
    assert str(ROOT) not in "".join((folder / name).read_text() for name in ("settings.json", "expected.json"))


def test_it_runs_from_anywhere_and_says_what_is_different(segmented, tmp_path):
    """With one weight of the expected answer changed a little, and then much, on settings of one step less."""
    _, whole = segmented
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    expected = json.loads((folder / "expected.json").read_text())
    expected["rows"]["test"][0]["iou"] += 0.01
    expected["summary"]["steps"] = 7
    (folder / "expected.json").write_text(json.dumps(expected))
    words = repeated(folder, str(folder / "repeat.py"), cwd=tmp_path)
    assert "rows: within, apart by 0.01 at most" in words
    assert "summary: different, apart by 0.714 at most" in words


def test_its_text_alone_is_enough_for_python_c(segmented):
    _, folder = segmented
    assert_equal(repeated(folder, "-c", (folder / "repeat.py").read_text()))


DIGITS = {"data": "digits", "labels_per_class": 2, "epochs": 1, "size": 32}
TRAININGS = {
    "LabNet with borrowed stages frozen": {**DIGITS, "stages": "fffffttn", "borrow": True},
    "ImageNet's EfficientNet-Lite0, frozen": {
        **DIGITS, "network": "efficientnet_lite0", "source": "imagenet", "stages": "ffffffffn", "size": 64,
    },
    "SqueezeNet with Dropout, cropped, other rules of the step": {
        **DIGITS, "network": "squeezenet", "size": 64, "stages": "fftttttn", "augment": "crop", "optimiser": "sgd",
    },
}  # fmt: skip


@pytest.mark.parametrize("settings", TRAININGS.values(), ids=TRAININGS)
def test_a_training_is_repeated_on_any_network(settings, finish, tmp_path):
    settings = dict(settings)
    if settings.pop("borrow", False):
        donor, _ = finish("train", **DIGITS, seed=7)
        settings["source"] = f"run:{donor.id}"
    run, _ = finish("train", **settings)
    assert_equal(repeated(taken_home(run, tmp_path)))


def test_what_it_borrows_from_comes_along(finish, tmp_path):
    """A video follows what two other runs learned; a step of a training is looked at."""
    how = {name: value for name, value in TINY.items() if name != "tested"}
    run, _ = finish("one_shot_video", **how, tested=2, parent_steps=2, batch_size=2)
    folder = taken_home(run, tmp_path)
    donors = {donor.id for donor in run.spec().donors()}
    assert len(donors) == 2
    assert {lent.name for lent in (folder / "home" / "runs").iterdir()} == donors
    assert_equal(repeated(folder))


def masked_pictures(path):
    """Of each picture the mask of one square; with a file that is junk, and a link that leads out of the folder."""
    squares = [grey(patched((1 + k % 2, 25, 10, 45, 30))) for k in range(12)]
    files = pngs(12, "images/") | {f"masks/{k}.png": data for k, data in enumerate(squares)}
    address = on_disk(path, files)
    (path / "images" / ".secret").write_text("no picture")
    (path / "images" / "link.png").symlink_to(path / "images" / "0.png")
    return address, files


def test_pictures_of_the_disk_come_along_and_are_read_from_their_new_place(finish, tmp_path):
    data, files = masked_pictures(tmp_path / "Fotos von Nina")
    run, _ = finish("segment", **TINY, data=data)
    folder = taken_home(run, tmp_path / "out")
    settings = (folder / "settings.json").read_text()
    assert json.loads(settings)["settings"]["data"] == "pictures/data"
    assert "Nina" not in settings + (folder / "repeat.py").read_text() + (folder / "README.txt").read_text()
    there = [file for file in (folder / "pictures" / "data").rglob("*") if file.is_file()]
    assert {file.relative_to(folder / "pictures" / "data").as_posix() for file in there} == files.keys()
    assert_equal(repeated(folder))


def test_an_upload_behind_a_view_comes_along_and_goes_when_it_is_forgotten(finish, tmp_path):
    address = store_upload(photos(), "pets.zip")
    data = f"few:2:0:{address}"
    run, _ = finish("pictures", data=data, which="0,3", size=64)
    folder = taken_home(run, tmp_path)
    digest = address.partition(":")[2]
    assert [file.name for file in (folder / "home" / "uploads").iterdir()] == [f"{digest}.zip"]
    assert_equal(repeated(folder))
    packed = Spec.of(script, run=run.id)
    assert packed.settings.data == data  # by which "Forget my photos" finds it
    forget([address])
    with pytest.raises(Refused, match="deleted"):
        Spec.of(script, run=run.id)


def fails(run, words):
    with pytest.raises(Refused, match=words) as refused:
        list(module.written(run, run.folder / "nothing"))
    assert str(refused.value).count("\n") == 0
    assert not (run.folder / "nothing" / "core").exists()


def test_too_much_is_refused(finish, tmp_path, monkeypatch):
    data, _ = masked_pictures(tmp_path / "photos")
    run, _ = finish("look_through", data=data)
    monkeypatch.setattr(module, "MOST_BYTES", 1000)
    fails(run, "its pictures take more than 0 MB; take fewer")


def test_other_pictures_and_none_are_refused(finish, tmp_path):
    data, _ = masked_pictures(tmp_path / "photos")
    run, _ = finish("look_through", data=data)
    os.utime(tmp_path / "photos" / "images" / "0.png", (0, 0))
    fails(run, "its pictures have changed since it ran: run it again")
    shutil.rmtree(data)
    with pytest.raises(Refused, match="data="):
        list(module.written(run, tmp_path / "nothing"))


def test_other_code_is_refused(segmented):
    run, _ = segmented
    old = dataclasses.replace(run, record={**run.record, "spec": {**run.record["spec"], "version": 0}})
    fails(old, "its experiment has changed since it ran: run it again")


def test_a_run_whose_donor_was_deleted_is_refused(home, finish):
    donor, _ = finish("train", **DIGITS)
    run, _ = finish("lens_filters", source=f"run:{donor.id}")
    assert module.lent(run, run.spec()) == [donor]
    Store().delete(lambda one: one.id == donor.id)
    fails(run, f"run {donor.id}, which it borrows from, was deleted here; train that one again first")


def test_a_plan_names_its_arms(finish):
    plan, _ = finish("generic_specific", data="digits", pictures=20, steps=2, seeds=1)
    with pytest.raises(Refused, match=f"name one of its arms: {plan.provenance['arms'][0]}"):
        Spec.of(script, run=plan.id)


@pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")
def test_a_file_whose_name_no_zip_holds_is_named(finish, tmp_path):
    data, _ = masked_pictures(tmp_path / "photos")
    shutil.copy(tmp_path / "photos" / "images" / "0.png", os.fsencode(tmp_path / "photos" / "images") + b"/\xff.png")
    run, _ = finish("look_through", data=data)
    fails(run, "no zip can hold the name of its file")


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("toybox:b", ""), ("few:4:0:toybox", ""), ("few:4:0:/a b/c", "/a b/c"), ("half:a:random-3:few:1:0:/x", "/x"),
        ("/a/photos#3", "/a/photos"), ("half", ""), ("few:nonsense", ""), ("[[0.1, 0.2], [1, 1]]", ""), ("", ""),
        ("run:0123456789abcdef@3", ""), ("a/relative", ""),
    ],
)  # fmt: skip
def test_a_path_is_found_in_an_address(address, path):
    assert module.path_in(address) == path


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_all_its_modules_and_none_of_pages_and_engine(name):
    start = EXPERIMENTS[name].partition(":")[0]
    files = modules((*module.USED, start), frozenset({name}))
    names = {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files}
    assert {start, *module.USED, "core", "core.experiments"} <= names
    assert not [one for one in names if re.match(r"core\.(ui|engine|figures|lessons|cli|experiments\.script)", one)]
    for file in files:
        for one in imported(file):
            assert not one.startswith("core.") or {one, one.rpartition(".")[0]} & names, f"{file} imports {one}"
        assert "pages" not in {one.split(".")[0] for one in imported(file)}
    assert re.search(r"numpy==[\d.]+", requirements(files))


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("core.methods.catalog", METHODS), ("core.methods.puzzles", TASKS), ("core.models.catalog", NETWORKS),
        ("core.experiments", EXPERIMENTS), ("core.worlds", WORLDS),
    ],
)  # fmt: skip
def test_of_every_table_the_modules_of_a_row_come_with_its_name(table, rows):
    file = ROOT / Path(*table.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    for name, row in rows.items():
        found = pointed_at(table, file, frozenset({name}))
        assert named_in(row) <= found, name
        assert named_in(row) or table == "core.worlds", "the row names a module"


def test_only_what_the_network_needs_is_asked_of_pip(segmented):
    spec = segmented[0].spec()
    assert "core/models/classics.py" not in in_house(module.sources(spec, []))
    other = dataclasses.replace(spec, settings=dataclasses.replace(spec.settings, network="timm:test_resnet"))
    assert "core/models/timm_networks.py" in in_house(module.sources(other, []))
    assert " timm==" not in requirements(module.sources(spec, []))
    assert " timm==" in requirements(module.sources(other, []))
    assert words_in(spec.as_json()) > {"labnet", "segment"}


def in_house(files):
    return {file.relative_to(ROOT).as_posix() for file in files}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_of_the_table_comes_with_its_module_and_its_packages(name):
    files = modules(("core.models.staged",), frozenset({name}))
    assert NETWORKS[name].build.partition(":")[0].rpartition(".")[2] in {file.stem for file in files}
    needed = requirements(files)
    assert f"torch=={torch.__version__.partition('+')[0]}" in needed
    assert ("torchvision" in needed) == ("core/models/classics.py" in in_house(files))


def test_the_network_at_home_says_what_it_takes(finish):
    """The safetensors file alone: classes, size, mean and deviation, stages."""
    run, _ = finish("train", **DIGITS)
    with safe_open(run.folder / "artifacts" / "network.safetensors", framework="numpy") as file:
        recipe = json.loads(file.metadata()["recipe"])
        stages = {key.split(".")[1] for key in file.keys()}  # noqa: SIM118
    assert recipe["classes"] == run.summary["classes"]
    assert recipe["size"] == 32
    assert recipe["mean"] == pytest.approx([114.75] * 3)
    assert recipe["std"] == pytest.approx([63.75] * 3)
    assert recipe["stages"] == list(NETWORKS["labnet"].stages)
    assert stages == set(recipe["stages"])
