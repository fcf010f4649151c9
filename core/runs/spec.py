"""What a run is, before it runs: an experiment, its settings, the data. Equal specs are one run, trained once.

An experiment is a function of its settings, marked by `@experiment` (a generator of rows) or `@plan` (a list of
smaller runs and a summary of their rows). The mark adds what identity and menus need; the function stays plain.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import importlib
import json
from collections.abc import Callable, Generator, Iterable
from typing import Any

from core.runs.metrics import Metric, Stream
from core.runs.settings import Refused, as_json, coerce, settings_of

Row = dict[str, Any]
Course = Generator[Any, None, dict[str, Any]]  # of a run: rows, artifacts and progress; returns the summary


@dataclasses.dataclass(frozen=True)
class Progress:
    """`done` of `total` units of `what`, a phase that takes the run from `start` to `end` (shares of the whole)."""

    done: float
    total: float
    what: str
    start: float = 0.0
    end: float = 1.0

    @property
    def part(self) -> float:
        """How much of this phase is done, 0 to 1."""
        return min(1.0, max(0.0, self.done / self.total)) if self.total else 0.0

    @property
    def share(self) -> float:
        """How much of the whole run is done, 0 to 1."""
        return self.start + (self.end - self.start) * self.part

    def within(self, k: int, n: int) -> Progress:
        """The same progress as that of part `k` (from 0) of `n` equal ones."""
        what = f"{self.what} (run {k + 1} of {n})"
        return dataclasses.replace(self, what=what, start=(k + self.start) / n, end=(k + self.end) / n)

    def seconds_left(self, seconds: float) -> float | None:
        """Of this phase, which began `seconds` ago and goes on at its pace; None before there is one."""
        return seconds * (1 - self.part) / self.part if self.part > 0.02 else None


@dataclasses.dataclass(frozen=True)
class Experiment:
    """What is known of an experiment without running it.

    `version` is part of a run's identity: raise it when the same settings give other numbers.
    `data` gives the fingerprint of the pictures that the settings name.
    `summarise` is there for plans only: settings and the rows of all arms → summary.
    `quick` runs are short and never wait behind trainings.
    `metrics`: what is told step by step; the first that is live is drawn while the run goes on. A plan has its arms'.
    `streams`: which of its artifacts are shown while the run goes on.
    """

    reference: str
    settings: type
    version: int
    data: Callable[[Any], str]
    summarise: Callable[[Any, list[Row]], dict] | None = None
    quick: bool = False
    metrics: tuple[Metric, ...] = ()
    streams: tuple[Stream, ...] = ()

    @property
    def is_plan(self) -> bool:
        return self.summarise is not None

    @property
    def name(self) -> str:
        return self.reference.partition(":")[2]


def no_data(settings: Any) -> str:
    return ""


def experiment(
    settings: type,
    *,
    version: int,
    data: Callable[[Any], str] = no_data,
    quick: bool = False,
    metrics: tuple[Metric, ...] = (),
    streams: tuple[Stream, ...] = (),
) -> Callable:
    """Mark a generator: `settings → rows, artifacts, progress`, returning its summary."""

    def mark(function: Callable) -> Callable:
        reference = f"{function.__module__}:{function.__name__}"
        about = Experiment(reference, settings, version, data, None, quick, metrics, streams)
        function.experiment = about  # type: ignore[attr-defined]
        return function

    return mark


def plan(
    settings: type, *, version: int, summarise: Callable[[Any, list[Row]], dict], data: Callable = no_data
) -> Callable:
    """Mark a function `settings → list[Spec]`, whose arms run on their own, and a pure summary of their rows."""

    def mark(function: Callable) -> Callable:
        reference = f"{function.__module__}:{function.__name__}"
        function.experiment = Experiment(reference, settings, version, data, summarise)  # type: ignore[attr-defined]
        return function

    return mark


def find(reference: str) -> Callable:
    """The marked function behind `module:function`. Only experiments of this project can be named."""
    module, _, name = reference.partition(":")
    if not module.startswith(("core.experiments", "tests.")):
        raise Refused("experiment", reference, "only experiments of this project can run.")
    try:
        function = getattr(importlib.import_module(module), name)
        function.experiment  # noqa: B018  an unmarked function is not an experiment
    except (ImportError, AttributeError) as error:
        raise Refused("experiment", reference, "no such experiment in this version of the project.") from error
    return function


@dataclasses.dataclass(frozen=True)
class Spec:
    """An experiment with its settings. `id` is the same for equal specs on any machine."""

    experiment: str
    version: int
    settings: Any
    data: str = ""
    threads: int = 1

    @classmethod
    def of(cls, function: Callable, *, threads: int = 1, fingerprint: str | None = None, **values: Any) -> Spec:
        """The spec of `function` with these settings; raises `Refused` for settings or data that cannot be used.
        `fingerprint`: of the data where it is known, so that they need not be here.
        """
        about: Experiment = function.experiment  # type: ignore[attr-defined]
        settings = coerce(about.settings, values)
        data = about.data(settings) if fingerprint is None else fingerprint
        return cls(about.reference, about.version, settings, data, threads)

    @functools.cached_property
    def id(self) -> str:
        """Of a plan the arms belong to it too: where a donor or an arm's version changes, so does the plan."""
        plain = self.as_json()
        if arms := self.arms():
            plain["arms"] = [arm.id for arm in arms]
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def about(self) -> Experiment:
        return find(self.experiment).experiment  # type: ignore[attr-defined]

    def as_json(self) -> dict[str, Any]:
        return {
            "experiment": self.experiment,
            "version": self.version,
            "settings": as_json(self.settings),
            "data": self.data,
            "threads": self.threads,
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Spec:
        """The spec that `as_json` described; donors become specs again."""
        about = find(plain["experiment"]).experiment  # type: ignore[attr-defined]
        known = {field.name for field in dataclasses.fields(about.settings)}
        tuples = {setting.name: setting for setting in settings_of(about.settings) if setting.type is tuple}
        values = {
            name: cls.from_json(value) if isinstance(value, dict) else value
            for name, value in plain["settings"].items()
            if name in known  # a recorded run may be older than a setting that was taken away
        }
        values |= {name: setting.coerce(values[name]) for name, setting in tuples.items() if name in values}
        return cls(plain["experiment"], plain["version"], about.settings(**values), plain["data"], plain["threads"])

    @functools.cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What is told of the run step by step."""
        arms = self.arms()
        return self.about.metrics or (arms[0].about.metrics if arms else ())

    @functools.cached_property
    def streams(self) -> tuple[Stream, ...]:
        """What is seen of the run while it goes on; of a plan, of each of its arms."""
        arms = self.arms()
        return self.about.streams or (arms[0].about.streams if arms else ())

    @property
    def live(self) -> Metric | None:
        """What is drawn while it goes on; None where there is no curve."""
        return next((metric for metric in self.metrics if metric.live), None)

    def donors(self) -> list[Spec]:
        """Runs whose artifacts this run opens, and that must be there before it starts."""
        values = (getattr(self.settings, field.name) for field in dataclasses.fields(self.settings))
        return [value for value in values if isinstance(value, Spec)]

    def arms(self) -> list[Spec]:
        """The runs of a plan, each once, in the order given; nothing for a single run."""
        return list(_arms(self)) if self.about.is_plan else []


@functools.lru_cache(maxsize=64)
def _arms(plan: Spec) -> tuple[Spec, ...]:
    """Kept for the next look: a page asks at every rerun, and a sweep of ten seeds has hundreds of arms.

    Kept as long as the process: who changes an experiment's version starts the app anew.
    """
    arms: Iterable[Spec] = find(plan.experiment)(plan.settings)
    return tuple({arm.id: dataclasses.replace(arm, threads=plan.threads) for arm in arms}.values())
