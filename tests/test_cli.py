"""The command line: what a script gets, and the one sentence that a person gets when something is wrong."""

import json
import re
import zipfile

import pytest

from core.cli import main
from core.experiments import EXPERIMENTS
from core.runs.settings import Setting

TINY = ["data=digits", "source=none", "size=16", "labels_per_class=2", "epochs=1", "control=false"]


@pytest.fixture
def transferlab(home, capsys):
    """transferlab(words …) → (exit code, standard output, standard error)."""

    def command(*words):
        code = main(list(words))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


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
    assert str(file) in err
    assert len(err.strip().splitlines()) == 1


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


def test_a_finished_run_is_taken_home_as_a_report_and_its_training_as_a_script(transferlab, tmp_path):
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
        assert f"transferlab-{found['run_id']}/reproduce.py" in archive.namelist()
    (tmp_path / "file").write_text("")
    for command in ("report", "script"):
        code, _, err = transferlab(command, found["run_id"], "--out", str(tmp_path / "file" / "x"))
        assert code == 2
        assert "--out" in err.splitlines()[-1]


def test_only_a_single_training_has_a_script(transferlab, tmp_path):
    _, out, _ = transferlab("run", "finetune", *TINY, "--json")
    code, _, err = transferlab("script", json.loads(out)["run_id"], "--out", str(tmp_path / "x.zip"))
    assert code == 2
    assert "arm" in err
    assert len(err.strip().splitlines()) == 1


def test_options_of_streamlit_are_handed_on_by_app_and_refused_elsewhere(transferlab, monkeypatch, home):
    called = []
    monkeypatch.setattr("core.cli.subprocess.call", lambda command, cwd: called.append(command) or 0)
    assert main(["app", "--server.port", "8600", "--server.headless", "true"]) == 0
    assert called[0][-4:] == ["--server.port", "8600", "--server.headless", "true"]
    with pytest.raises(SystemExit) as refused:
        main(["list", "--server.port", "8600"])
    assert refused.value.code == 2
