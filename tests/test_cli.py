"""The command line: what a script gets, and the one sentence that a person gets when something is wrong."""

import json
import re
import signal
import subprocess
import sys
import time
import zipfile

import psutil
import pytest
from PIL import Image

from core.cli import main
from core.engine.together import Lost, together
from core.experiments import EXPERIMENTS
from core.lessons.lesson import Result
from core.lessons.report import command
from core.runs.drive import drive
from core.runs.follow import follow
from core.runs.settings import Setting
from core.runs.spec import Spec
from core.runs.store import Store
from tests.engine.toys import badly_summarised, several

TINY = ["source=none", "data=digits", "size=16", "labels_per_class=2", "epochs=1", "control=false"]


@pytest.fixture
def transferlab(home, capsys):
    """transferlab(words …) → (exit code, standard output, standard error)."""

    def typed(*words):
        code = main(list(words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return typed


def test_a_run_may_have_more_threads_and_is_then_another_run(transferlab):
    told = {}
    for threads in ("1", "2"):
        code, out, _ = transferlab("run", "train", *TINY[:-1], "--threads", threads, "--json")
        assert code == 0
        told[threads] = json.loads(out)
        assert told[threads]["provenance"]["threads"] == int(threads)
    assert told["1"]["run_id"] != told["2"]["run_id"]
    code, _, err = transferlab("run", "train", *TINY[:-1], "threads=2")
    assert (code, err.splitlines()[-1]) == (
        2,
        "threads=2 cannot be used: it is no setting of the experiment: give --threads.",
    )
    report = command(Result(told["2"]["run_id"], Store().open(told["2"]["run_id"]).record, [], []))
    assert report.endswith("--threads=2")


def test_list_names_every_experiment_with_its_settings(transferlab):
    code, out, _ = transferlab("list", "--json")
    found = {entry["name"]: entry for entry in json.loads(out)}
    assert code == 0
    assert set(found) == set(EXPERIMENTS)
    epochs = next(setting for setting in found["finetune"]["settings"] if setting["name"] == "epochs")
    assert epochs["type"] == "int"
    assert "500" in epochs["allowed"]
    assert isinstance(epochs["default"], int)
    assert epochs["help"]


def test_list_is_readable_too(transferlab):
    code, out, _ = transferlab("list")
    assert code == 0
    assert all(re.search(rf"^{name}: ", out, re.M) for name in EXPERIMENTS)


def test_run_prints_one_object_and_show_prints_it_again(transferlab, tmp_path):
    code, out, err = transferlab("run", "finetune", *TINY, "--json", "--out", str(tmp_path / "out"))
    found = json.loads(out)
    assert code == 0
    assert set(found) == {"run_id", "settings", "summary", "provenance"}
    assert 0 <= found["summary"]["low"] <= found["summary"]["test_accuracy"] <= found["summary"]["high"] <= 1
    assert "done in" in err
    header = (tmp_path / "out" / "rows.csv").read_text().splitlines()[0]
    assert {"split", "step", "accuracy"} <= set(header.split(","))
    assert json.loads((tmp_path / "out" / "run.json").read_text())["run_id"] == found["run_id"]
    code, again, _ = transferlab("show", found["run_id"], "--json")
    assert code == 0
    assert json.loads(again) == found
    code, words, _ = transferlab("show", found["run_id"])
    assert code == 0
    assert "test_accuracy" in words


def test_the_pictures_of_a_run_are_copied_as_pngs(transferlab, tmp_path):
    few = ("source=none", "stage=conv1", "data=digits", "pictures=9", "channels=2")
    code, _, _ = transferlab("run", "lens_units", *few, "--out", str(tmp_path))
    assert code == 0
    for name in ("patches", "back_gradient"):
        assert [file.name for file in sorted((tmp_path / name).iterdir())] == ["0000.png", "0001.png"]
        assert Image.open(tmp_path / name / "0001.png").format == "PNG"


def test_the_network_of_a_run_is_copied_with_it(transferlab, tmp_path):
    tiny = [word for word in TINY if not word.startswith("control")]
    code, _, _ = transferlab("run", "train", *tiny, "--out", str(tmp_path))
    assert code == 0
    assert (tmp_path / "network.safetensors").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run", "finetune", "epochs=0"], ["epochs", "0", "500"]),
        (["run", "finetune", "epochs=many"], ["epochs", "many"]),
        (["run", "finetune", "colour=red"], ["colour", "red", "labels_per_class"]),
        (["run", "finetune", "source=moon"], ["source", "moon", "imagenet"]),
        (["run", "finetune", "frozen=9"], ["frozen", "9"]),
        (["run", "finetune", "data=nowhere.zip"], ["data", "nowhere.zip"]),
        (["run", "finetune", "source=run:0123456789abcdef"], ["0123456789abcdef"]),
        (["run", "finetune", "epochs"], ["epochs", "name=value"]),
        (["run", "nothing"], ["nothing", "finetune"]),
        (["show", "0123456789abcdef"], ["0123456789abcdef"]),
        (["show", "../../etc"], ["../../etc"]),
        (["record", "nothing"], ["nothing", "toybox_donor"]),
    ],
)
def test_what_cannot_be_served_is_one_line_with_exit_code_2(transferlab, words, named):
    code, out, err = transferlab(*words)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    for part in named:
        assert part in err


def test_unusable_data_is_one_line(transferlab, tmp_path):
    file = tmp_path / "one.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("cats/1.jpg", b"not a picture")
    code, _, err = transferlab("run", "finetune", f"data={file}")
    assert code == 2
    *progress, last = err.strip().splitlines()
    assert str(file) in last
    assert all(line.endswith("runs") for line in progress)


def test_a_file_of_weights_that_does_not_fit_is_named_as_it_was_typed(transferlab, tmp_path):
    import torch

    file = tmp_path / "my weights.pth"
    torch.save({"net": {"conv9.weight": torch.zeros(3)}}, file)
    for more in (["seeds=1"], ["seeds=2"]):
        code, _, err = transferlab("run", "finetune", *TINY[1:], f"source={file}", "network=labnet", *more)
        assert code == 2
        assert err.strip().splitlines()[-1].startswith(f"source={file} cannot be used: they do not fit labnet")


def test_a_home_that_is_a_file_is_one_line(transferlab, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRANSFERLAB_HOME", str(tmp_path / "file"))
    code, _, err = transferlab("run", "finetune", *TINY)
    assert code == 2
    assert "TRANSFERLAB_HOME" in err
    assert len(err.strip().splitlines()) == 1


def test_our_own_mistake_is_one_line_and_kept_for_the_engineers(transferlab, monkeypatch, home):
    monkeypatch.setattr(Setting, "coerce", lambda *_: 1 / 0)
    code, _, err = transferlab("run", "finetune", *TINY)
    assert code == 1
    assert "our mistake" in err
    assert len(err.strip().splitlines()) == 1
    assert "ZeroDivisionError" in next((home / "logs").iterdir()).read_text()


def test_a_finished_run_is_taken_home_as_a_report_and_as_a_script(transferlab, tmp_path):
    tiny = [word for word in TINY if not word.startswith("control")]
    _, out, _ = transferlab("run", "train", *tiny, "--json")
    found = json.loads(out)
    code, out, _ = transferlab("report", found["run_id"], "--out", str(tmp_path / "new" / "run.html"))
    assert (code, out) == (0, "")
    text = (tmp_path / "new" / "run.html").read_text(encoding="utf-8")
    assert f"{100 * found['summary']['test_accuracy']:.1f} %" in text
    assert found["provenance"]["processor"] in text
    code, out, _ = transferlab("script", found["run_id"], "--out", str(tmp_path / "run.zip"))
    assert (code, out) == (0, "")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert f"transferlab-{found['run_id']}/repeat.py" in archive.namelist()
    (tmp_path / "file").write_text("")
    for taken in ("report", "script"):
        code, _, err = transferlab(taken, found["run_id"], "--out", str(tmp_path / "file" / "x"))
        assert code == 2
        assert "--out" in err.splitlines()[-1]


def test_a_script_of_a_plan_is_that_of_its_only_arm_or_names_the_arms(transferlab, tmp_path):
    _, out, _ = transferlab("run", "finetune", *TINY, "seeds=2", "--json")
    plan = json.loads(out)
    code, _, err = transferlab("script", plan["run_id"], "--out", str(tmp_path / "x.zip"))
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    arms = plan["provenance"]["arms"]
    assert all(arm in err for arm in arms)
    _, out, _ = transferlab("run", "finetune", *TINY, "seeds=1", "--json")
    code, _, _ = transferlab("script", json.loads(out)["run_id"], "--out", str(tmp_path / "x.zip"))
    assert (code, (tmp_path / "x.zip").exists()) == (0, True)


def test_a_plan_shows_its_arms_and_what_tells_them_apart(transferlab):
    _, out, _ = transferlab("run", "finetune", *TINY, "seeds=2", "--json")
    plan = json.loads(out)
    _, out, _ = transferlab("show", plan["run_id"])
    arms = [line for line in out.splitlines() if line.startswith("arm ")]
    assert [line.split()[1] for line in arms] == plan["provenance"]["arms"]
    assert len({line.split(maxsplit=2)[2] for line in arms}) == len(arms) > 1


def test_options_may_stand_between_settings(transferlab):
    code, out, _ = transferlab("run", "finetune", TINY[0], "--json", *TINY[1:])
    assert code == 0
    assert json.loads(out)["settings"]["labels_per_class"] == 2
    with pytest.raises(SystemExit):
        main(["run", "finetune", *TINY, "--jsno"])


def test_seeds_are_a_number_of_them(transferlab):
    code, _, err = transferlab("run", "finetune", *TINY, "seeds=0,1,2")
    assert code == 2
    assert "seeds=0,1,2 cannot be used" in err


def test_a_file_is_kept_only_for_an_experiment_that_has_a_source(transferlab, home, tmp_path):
    (tmp_path / "x.pth").write_bytes(b"PK")
    code, _, err = transferlab("run", "look_through", "data=digits", f"source={tmp_path / 'x.pth'}")
    assert code == 2
    assert "the settings are data" in err
    assert not list(home.glob("uploads/*"))


def test_a_name_of_a_world_and_of_a_folder_here_is_refused(transferlab, monkeypatch, tmp_path):
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    code, _, err = transferlab("run", "look_through", "data=photos")
    assert code == 2
    assert "./photos" in err
    assert "world" in err
    (tmp_path / "photos").rmdir()
    assert transferlab("run", "look_through", "data=photos")[0] == 0


def test_the_arms_of_a_plan_run_side_by_side_with_the_rows_of_one_after_another(
    transferlab, home, monkeypatch, tmp_path
):
    timed = {"seconds", "images_per_second"}

    def rows(run_id):
        return [
            {name: value for name, value in row.items() if name not in timed} for row in Store().open(run_id).rows()
        ]

    monkeypatch.setattr("core.cli.drive", None)  # it is for single runs
    code, out, _ = transferlab("run", "finetune", *TINY, "seeds=2", "--json")
    found = json.loads(out)
    assert code == 0
    side_by_side = rows(found["run_id"])
    spec = Store().open(found["run_id"]).spec()
    monkeypatch.setenv("TRANSFERLAB_HOME", str(tmp_path / "another home"))
    for _ in drive(spec, Store()):
        pass
    assert rows(spec.id) == side_by_side


def test_a_stopped_plan_ends_in_time_and_keeps_its_finished_arms(home):
    command = [sys.executable, "-m", "core.cli", "run", "finetune", *TINY, "epochs=400", "seeds=3"]
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 60
    while not list(home.glob("runs/.draft-*")) and time.monotonic() < end:
        time.sleep(0.05)
    family = psutil.Process(child.pid).children(recursive=True)
    child.send_signal(signal.SIGINT)
    _, words = child.communicate(timeout=15)
    assert child.returncode == 130
    assert "Stopped" in words
    assert "Traceback" not in words
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert not list(home.glob("runs/.draft-*"))


def test_what_ends_a_plan_is_one_sentence(home):
    with pytest.raises(Lost, match=r"^pause=0.01 cannot be used: a longer one\.$") as lost:
        follow(together(Spec.of(several, arms=2, bad=True), Store()), "several")
    assert lost.value.refused
    with pytest.raises(Lost, match="This is our mistake") as lost:
        follow(together(Spec.of(badly_summarised, arms=2), Store()), "several")
    assert not lost.value.refused


def test_app_becomes_the_server_and_hands_on_its_options(monkeypatch, home, tmp_path):
    called = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("core.cli.os.name", "posix")
    monkeypatch.setattr("core.cli.os.execv", lambda python, command: called.append(command) or 0)
    assert main(["app", "--port", "8600", "--server.headless", "true"]) == 0
    assert called[0][-5:] == ["core.ui.serve", "--port", "8600", "--server.headless", "true"]
    with pytest.raises(SystemExit) as refused:
        main(["list", "--server.port", "8600"])
    assert refused.value.code == 2
