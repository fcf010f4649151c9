"""The same experiments without a browser.

transferlab list [--json]
transferlab run NAME key=value … [--json] [--threads N] [--out DIR]
transferlab show RUN_ID [--json]
transferlab report RUN_ID --out FILE.html
transferlab script RUN_ID --out FILE.zip
transferlab record [NAME …] [--check]
transferlab keys FOLDER
transferlab app [--share] [--port PORT]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.engine.together import Lost, together
from core.experiments import EXPERIMENTS, described, experiment, unambiguous
from core.experiments.sources import stored
from core.runs.arms import arms_of, classes_of, single, told_apart
from core.runs.drive import drive, outcome
from core.runs.follow import follow, in_words
from core.runs.home import VARIABLE, home
from core.runs.settings import Refused, settings_of
from core.runs.spec import Spec
from core.runs.store import Run, Store
from core.runs.table import as_csv, export

ROOT = Path(__file__).parents[1]


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Exit code 0; 2 for a request that cannot be served; 1 for our own mistakes; 130 when stopped."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if options.command is run_command:  # settings may stand behind an option
        options.values += [word for word in rest if not word.startswith("-")]
        rest = [word for word in rest if word.startswith("-")]
    if rest and options.command is not app_command:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return options.command(options) or 0
    except Refused as refused:
        _say(str(refused))
        return 2
    except Lost as lost:
        _say(str(lost))
        return 2 if lost.refused else 1
    except KeyboardInterrupt:
        _say("Stopped; nothing was kept of unfinished runs.")
        return 130
    except BrokenPipeError:  # `transferlab list | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        _say(f"This is our mistake, not yours: {type(error).__name__}: {error} ({_log()})")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="transferlab", description="Experiments of a lecture on transfer learning.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Any, text: str, *, as_json: bool = False) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        if as_json:
            sub.add_argument("--json", action="store_true", help="print one JSON value on standard output")
        return sub

    add("list", list_command, "the experiments, their settings, ranges and defaults", as_json=True)
    run = add("run", run_command, "run an experiment to its end", as_json=True)
    run.add_argument("name", metavar="NAME")
    run.add_argument("values", nargs="*", metavar="key=value")
    run.add_argument("--threads", type=int, default=1, choices=(1, 2, 4, 8, 16), help="of each training (1)")
    run.add_argument("--out", type=Path, metavar="DIR", help="also copy rows (CSV), summary and networks there")
    add("show", show_command, "what a finished run found", as_json=True).add_argument("run_id", metavar="RUN_ID")
    report = add("report", report_command, "a finished run as one HTML file that opens anywhere")
    script = add("script", script_command, "a finished run as a program with its pictures, in a zip")
    for taken in (report, script):
        taken.add_argument("run_id", metavar="RUN_ID")
        taken.add_argument("--out", type=Path, metavar="FILE", required=True, help="the file to write")
    record = add("record", record_command, "record the runs that ship with the project")
    record.add_argument("names", nargs="*", metavar="NAME")
    record.add_argument("--check", action="store_true", help="run one cheap arm of each again and compare")
    keys = add("keys", keys_command, "make the keys of a training cluster of your own: three files in a folder")
    keys.add_argument("folder", metavar="FOLDER", type=Path)
    commands.add_parser("app", help="open the app (see its --help)", add_help=False).set_defaults(command=app_command)
    return parser


def list_command(options: argparse.Namespace) -> None:
    entries = [described(name) for name in EXPERIMENTS]
    if options.json:
        _print(json.dumps(entries, indent=1, ensure_ascii=False))
        return
    for entry in entries:
        _print(f"{entry['name']}: {entry['about']}")
        for setting in entry["settings"]:
            default = json.dumps(setting["default"], ensure_ascii=False)
            _print(f"    {setting['name']}={default}  {setting['help']} ({setting['allowed']})")


def run_command(options: argparse.Namespace) -> None:
    typed: dict[str, str] = dict(_pair(text) for text in options.values)
    values, function = dict[str, Any](typed), experiment(options.name)
    if "threads" in typed:
        raise Refused("threads", typed["threads"], "it is no setting of the experiment: give --threads.")
    known = {setting.name for setting in settings_of(function.experiment.settings)}  # type: ignore[attr-defined]
    if "source" in known & typed.keys():
        values["source"] = stored(typed["source"])
    spec = Spec.of(function, threads=options.threads, **values)
    with as_typed(typed.get("source", ""), values.get("source", "")):
        run = finish(spec, f"{options.name} {spec.id}")
    if options.out:
        with writing(options.out / "run.json"):
            export(run, options.out)
    _tell(run, options.json)


@contextlib.contextmanager
def as_typed(typed: str, address: str) -> Iterator[None]:
    """What is refused of a file of weights names the file as it was typed, not by its content."""
    try:
        yield
    except (Refused, Lost) as refused:
        here = f"weights={address[:16]}…"
        if not address.startswith("weights:") or here not in str(refused):
            raise
        raise Lost(str(refused).replace(here, f"source={typed}"), refused=True) from refused


def finish(spec: Spec, title: str) -> Run:
    """Run a spec to its end: a single run in this process, the arms of a plan on every core."""
    store = Store()
    missing = [arm for arm in spec.arms() if not store.has(arm.id)]
    driven = together(spec, store) if len(missing) > 1 and not store.has(spec.id) else drive(spec, store)
    return follow(driven, title, spec.live)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused("key=value", text, "write each setting as name=value, for example seed=1.")
    if name == "data" and not unambiguous(value):
        there = f"a world and a folder or file here have this name: write {os.path.join('.', value)} for what lies here"
        raise Refused("data", value, f"{there}, or go to another folder for the world.")
    return name, value


def show_command(options: argparse.Namespace) -> None:
    run = Store().open(options.run_id)
    _tell(run, options.json)
    arms = arms_of(run) if run.spec().about.is_plan else []
    if not options.json:
        for arm, differs in told_apart(arms):
            _print(f"arm {arm.id}  {differs}")


def report_command(options: argparse.Namespace) -> None:
    from core.lessons.lesson import Result
    from core.lessons.report import report

    run = Store().open(options.run_id)
    result = Result(run.id, run.record, run.rows, classes_of(run), metrics=run.spec().metrics)
    with writing(options.out) as file:
        file.write_text(report(result, csv=as_csv(result.rows)), encoding="utf-8")


def script_command(options: argparse.Namespace) -> None:
    from core.experiments.script import script

    run = single(Store().open(options.run_id))
    kept = finish(Spec.of(script, run=run.id), f"script of {run.id}")
    with writing(options.out) as file:
        shutil.copy(kept.artifact("script"), file)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """The path, in a folder that is there; what cannot be written is refused."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield path
    except OSError as error:
        raise Refused("--out", path, f"it cannot be written ({error.strerror}).") from error


def record_command(options: argparse.Namespace) -> None:
    from core.experiments import recording

    recording.check(options.names, follow) if options.check else recording.record(options.names, finish)


def keys_command(options: argparse.Namespace) -> None:
    from core.engine.keys import write_keys

    write_keys(options.folder)
    _say(f"Keys are in {options.folder}. Who has them can run code on the cluster: copy them to its machines only.")


def app_command(options: argparse.Namespace) -> int:
    """This process becomes the server, so that whoever ends it ends the app."""
    os.environ[VARIABLE] = str(home())  # of here: the server runs in the folder of the sources
    os.chdir(ROOT)
    command = [sys.executable, "-m", "core.ui.serve", *options.rest]
    if os.name == "nt":
        return subprocess.call(command)
    return os.execv(sys.executable, command)


def _tell(run: Run, as_json: bool) -> None:
    _print(json.dumps(outcome(run), ensure_ascii=False) if as_json else "\n".join(in_words(run)))


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _log() -> str:
    """Keep the traceback for the engineers; the user gets its place."""
    try:
        folder = home() / "logs"
        folder.mkdir(exist_ok=True)
        file = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
        file.write_text(traceback.format_exc(), encoding="utf-8")
    except (OSError, Refused):
        return "no log could be written"
    return f"details in {file}"


if __name__ == "__main__":
    sys.exit(main())
