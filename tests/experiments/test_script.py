"""The script of a run, run: in a process of its own, with the modules that it brings and no others."""

import ast
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

from core.experiments import script_training as training
from core.experiments.script import script
from core.experiments.script_modules import requirements
from core.learning.fit import fit
from core.models.catalog import NETWORKS
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Spec
from core.runs.store import Store
from core.worlds.uploads import store_upload

DIGITS = {"data": "digits", "labels_per_class": 10, "epochs": 4}
RUN = """
import json, runpy, sys
sys.path.insert(0, "")  # as `python reproduce.py` has it
found = runpy.run_path("reproduce.py")
json.dump(found["predicted"].tolist(), open("answers.json", "w"))
used = [module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "core"]
json.dump(used, open("used.json", "w"))
"""


def taken_home(run, folder):
    """The unpacked script of a run."""
    spec = Spec.of(script, run=run.id)
    for _ in drive(spec, Store()):
        pass
    with zipfile.ZipFile(Store().open(spec).artifact("script")) as archive:
        archive.extractall(folder)
    return folder / f"transferlab-{run.id}"


def repeated(folder):
    """Run the script with nothing of the project but what it brings; returns its answers and what it printed."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "TRANSFERLAB_HOME")}
    done = subprocess.run(
        [sys.executable, "-P", "-c", RUN], cwd=folder, env=environment, capture_output=True, text=True, timeout=170
    )
    assert done.returncode == 0, done.stderr
    used = [Path(file).resolve() for file in json.loads((folder / "used.json").read_text())]
    assert used
    assert all(file.is_relative_to(folder.resolve()) for file in used), used
    return json.loads((folder / "answers.json").read_text()), done.stdout


def assert_same(run, folder):
    answers, words = repeated(folder)
    rows = [row for row in run.rows() if row["split"] == "picture"]
    assert len(answers) == len(rows) > 0
    assert answers == [row["predicted"] for row in rows]
    assert f"the run: {run.summary['test_accuracy']:.2%}" in words


def donor(finish):
    return finish("train", data="toybox:a", labels_per_class=4, epochs=2, size=32, seed=7)[0]


RUNS = {
    "LabNet from nothing": DIGITS,
    "LabNet with borrowed toys frozen, mirrored": {
        "data": "toybox:b", "stages": "fffffttn", "labels_per_class": 6, "epochs": 3, "size": 32, "borrow": True,
    },
    "a stage drawn anew in the middle, a body that rests": {
        **DIGITS, "stages": "fftnfttn", "size": 32, "body_rate": 0, "borrow": True, "augment": "none",
    },
    "ImageNet's EfficientNet-Lite0, frozen": {
        **DIGITS, "network": "efficientnet_lite0", "source": "imagenet", "stages": "ffffffffn", "size": 64, "epochs": 2,
    },
    "ResNet-18 from nothing, cropped": {**DIGITS, "network": "resnet18", "size": 32, "epochs": 2, "augment": "crop"},
    "SqueezeNet with Dropout, first stages frozen, cropped": {
        **DIGITS, "network": "squeezenet", "size": 64, "epochs": 1, "stages": "fftttttn", "augment": "crop",
    },
    "a network of timm": {**DIGITS, "network": "timm:test_resnet", "size": 64, "epochs": 2},
    "other rules of the step": {
        **DIGITS, "optimiser": "sgd", "schedule": "cosine", "precision": "float32", "body_rate": 0.1, "seed": 3,
    },
}  # fmt: skip


@pytest.mark.parametrize("settings", RUNS.values(), ids=RUNS)
def test_the_script_of_a_run_gives_its_answers_without_the_project(settings, finish, tmp_path):
    settings = dict(settings)
    if settings.pop("borrow", False):
        settings["source"] = f"run:{donor(finish).id}"
    run, _ = finish("train", **settings)
    folder = taken_home(run, tmp_path)
    assert_same(run, folder)
    assert (folder / "start.safetensors").exists() == (settings.get("source", "none") != "none")
    text = (folder / "reproduce.py").read_text()
    assert text.count("\n") < 80
    ast.parse(text)


def photos(classes=2, each=12):
    rng, out = np.random.default_rng(0), io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for c in range(classes):
            for k in range(each):
                picture = rng.integers(0, 150, (50, 70, 3), dtype=np.uint8)
                picture[..., c] += 60
                file = io.BytesIO()
                Image.fromarray(picture).save(file, "PNG")
                archive.writestr(f"{'ab'[c]} <b>'{{{{c}}}}/{k}.png", file.getvalue())
    return out.getvalue()


def test_a_run_of_own_photos_is_repeated_too_and_its_pictures_go_when_they_are_forgotten(finish, tmp_path):
    from core.worlds.uploads import forget

    address = store_upload(photos(), "pets.zip")
    run, _ = finish("train", data=address, size=32, epochs=3, network="labnet")
    folder = taken_home(run, tmp_path)
    assert_same(run, folder)
    packed = Store().open(Spec.of(script, run=run.id))
    assert packed.record["spec"]["settings"]["data"] == address  # by which "Forget my photos" finds it
    forget([address])


def test_a_plan_lends_its_arms(finish, tmp_path):
    plan, _ = finish("finetune", **{**DIGITS, "epochs": 2, "size": 32}, source="none", frozen="2")
    with pytest.raises(Refused, match="arm"):
        Spec.of(script, run=plan.id)
    for arm in plan.provenance["arms"]:
        assert Spec.of(script, run=arm).settings.data == "digits"


def test_pictures_are_those_of_the_run_with_labels_names_and_numbers(finish, tmp_path):
    run, _ = finish("train", **DIGITS)
    folder = taken_home(run, tmp_path)
    rows = [row for row in run.rows() if row["split"] == "picture"]
    with np.load(folder / "pictures.npz") as file:
        assert file["test_numbers"].tolist() == [row["picture"] for row in rows]
        assert file["test_labels"].tolist() == [row["label"] for row in rows]
        assert file["classes"].tolist() == run.summary["classes"]
        assert file["train"].shape == (100, 48, 48, 3)
        assert file["train"].dtype == np.uint8
    expected = json.loads((folder / "expected.json").read_text())
    assert expected["spec"] == run.record["spec"]
    assert "reproduce.py" in (folder / "README.txt").read_text()


def test_what_the_run_used_comes_along_and_no_more(finish, tmp_path):
    run, _ = finish("train", **{**DIGITS, "epochs": 2, "augment": "none", "schedule": "constant"})
    folder = taken_home(run, tmp_path)
    files = {file.relative_to(folder).as_posix() for file in folder.rglob("*.py")}
    assert {"core/learning/fit.py", "core/learning/supervised.py", "core/models/labnet.py"} < files
    assert not {file for file in files if re.match("core/(ui|engine|worlds|experiments|figures)/|core/cli", file)}
    assert "core/models/classics.py" not in files
    assert (folder / "core/learning/fit.py").read_text() == Path(fit.__code__.co_filename).read_text(), "as it is"
    assert "safetensors" not in (folder / "reproduce.py").read_text()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_of_the_table_comes_with_its_module_and_its_packages(name):
    files = {file.stem for file in training.used_by(name)}
    assert NETWORKS[name].build.partition(":")[0].rpartition(".")[2] in files
    needed = requirements(training.used_by(name))
    assert f"torch=={torch.__version__.partition('+')[0]}" in needed
    assert ("torchvision" in needed) == ("classics" in files)


def test_too_many_pictures_are_refused_in_one_sentence(finish, monkeypatch):
    run, _ = finish("train", **DIGITS)
    monkeypatch.setattr(training, "MOST_BYTES", 1_000_000)
    with pytest.raises(Refused, match=r"take \d+ MB, more than 1; take fewer a class"):
        next(training.parts(run))


def test_the_network_at_home_says_what_it_takes(finish, tmp_path):
    """The safetensors file alone: classes, size, mean and deviation, stages."""
    run, _ = finish("train", **DIGITS)
    with safe_open(run.folder / "artifacts" / "network.safetensors", framework="numpy") as file:
        recipe = json.loads(file.metadata()["recipe"])
        stages = {key.split(".")[1] for key in file.keys()}  # noqa: SIM118
    assert recipe["classes"] == run.summary["classes"]
    assert recipe["size"] == 48
    assert recipe["mean"] == pytest.approx([114.75] * 3)
    assert recipe["std"] == pytest.approx([63.75] * 3)
    assert recipe["stages"] == list(NETWORKS["labnet"].stages)
    assert stages == set(recipe["stages"])


HOSTILE = [
    "C:\\Users\\Nina\\new\\x",
    'say """ it',
    "a\nb",
    "{{ title }}",
    "tail\\",
    'quote"',
    "猫\u202e",
    "\udcff",
    "\\N{DASH}\\u12",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_any_path_may_stand_in_the_text_of_a_script(name):
    shown = training.in_text(name)
    tree = ast.parse(f'"""labnet on {shown}: 2 of 8 stages frozen.\n"""')
    assert ast.get_docstring(tree).startswith(f"labnet on {shown}")
    shown.encode("utf-8")
