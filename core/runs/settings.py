"""Settings are annotated dataclasses: one declaration drives widgets, command line, `list` and validation.

@dataclass(frozen=True)
class Finetune:
    epochs: Annotated[int, Range(1, 200), Help("passes over the labelled pictures")] = 10
"""

from __future__ import annotations

import dataclasses
import functools
import math
import re
import typing
from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """A request that cannot be served. It is the only exception a user ever reads, so it is one sentence."""

    def __init__(self, setting: str, value: object, allowed: str):
        super().__init__(setting, value, allowed)  # the three arguments survive pickling
        self.setting, self.value, self.allowed = setting, value, allowed

    def __str__(self) -> str:
        text = str(self.value)
        shown = text if len(text) <= 120 else text[:117] + "…"
        return f"{self.setting}={shown} cannot be used: {self.allowed}"


@dataclasses.dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, both included; `log` asks for a logarithmic slider."""

    low: float
    high: float
    step: float | None = None
    log: bool = False

    def check(self, value: Any) -> bool:
        return math.isfinite(value) and self.low <= value <= self.high

    def __str__(self) -> str:
        low, high = (f"{end:,.0f}" if abs(end) >= 1e6 else f"{end:g}" for end in (self.low, self.high))
        return f"from {low} to {high}"


@dataclasses.dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    options: tuple[str, ...]

    def check(self, value: Any) -> bool:
        return value in self.options

    def __str__(self) -> str:
        return "one of " + ", ".join(self.options)


@dataclasses.dataclass(frozen=True)
class Matching:
    """Text of a certain form; `words` says the form to a person."""

    pattern: str
    words: str

    def check(self, value: Any) -> bool:
        return re.fullmatch(self.pattern, value) is not None

    def __str__(self) -> str:
        return self.words


@dataclasses.dataclass(frozen=True)
class Help:
    """What the setting means, in one line."""

    text: str


@dataclasses.dataclass(frozen=True)
class Later:
    """A setting that came after runs had been kept: where it has its default it is no part of a run's identity."""


Allowed = Range | OneOf | Matching


@dataclasses.dataclass(frozen=True)
class Setting:
    """One field of a settings class, as widgets, the command line and `list` see it."""

    name: str
    type: type
    allowed: Allowed | None
    default: Any
    help: str
    later: bool = False
    each: Any = int  # the type of the parts of a tuple

    def coerce(self, value: Any) -> Any:
        """The value in its declared type; `Refused` names what is allowed."""
        try:
            typed = _parts(self.each, value) if self.type is tuple else _typed(self.type, value)
        except (TypeError, ValueError, KeyError):
            raise Refused(self.name, value, f"{self.allowed_words}.") from None
        for part in typed if self.type is tuple else (typed,):
            if self.allowed is not None and not self.allowed.check(part):
                raise Refused(self.name, part if self.type is tuple else value, f"{self.allowed_words}.")
        return typed

    @property
    def allowed_words(self) -> str:
        if isinstance(self.allowed, OneOf) and self.type is tuple:
            return f"some of {', '.join(self.allowed.options)}, with commas between"
        words = " ".join(part for part in (KINDS[self.type], str(self.allowed or "")) if part) or "a word"
        return f"{words}, with commas between" if self.type is tuple else words


KINDS = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "",
    tuple: "whole numbers",
}
TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _parts(kind: type, value: Any) -> tuple:
    parts = [part for part in value.split(",") if part] if isinstance(value, str) else value
    return tuple(_typed(kind, part) for part in parts)


def _typed(kind: type, value: Any) -> Any:
    if kind is bool:
        if isinstance(value, bool):
            return value
        return TRUTH[str(value).lower()]
    if isinstance(value, bool):
        raise TypeError("a truth value is not a number or a word")
    if kind is int and isinstance(value, float) and not value.is_integer():
        raise ValueError("not a whole number")
    return kind(value)


@functools.cache
def settings_of(cls: type) -> tuple[Setting, ...]:
    """The fields a person may set, in order. Donors (fields that hold a `Spec`) are set by code only."""
    hints = typing.get_type_hints(cls, include_extras=True)
    found = []
    for field in dataclasses.fields(cls):
        hint, *notes = typing.get_args(hints[field.name]) or (hints[field.name],)
        each = typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else int
        if typing.get_origin(hint) is tuple:
            hint = tuple
        if hint not in KINDS:
            continue
        allowed = next((note for note in notes if isinstance(note, Allowed)), None)
        text = next((note.text for note in notes if isinstance(note, Help)), "")
        later = any(isinstance(note, Later) for note in notes)
        found.append(Setting(field.name, hint, allowed, field.default, text, later, each))
    return tuple(found)


def coerce(cls: type, values: Mapping[str, Any]) -> Any:
    """An instance of the settings class `cls` from words or numbers.

    A settings class may define `canonical(self) -> self`, which refuses combinations and writes equal settings
    in one way only, so that they have one identity.

    Raises `Refused` for an unknown name, a wrong type or a value out of range.
    """
    known = {setting.name: setting for setting in settings_of(cls)}
    names = {field.name for field in dataclasses.fields(cls)}
    for name in values:
        if name not in names:
            raise Refused(name, values[name], f"the settings are {', '.join(known)}.")
    typed = {name: known[name].coerce(v) if name in known else v for name, v in values.items()}
    settings = cls(**typed)
    return settings.canonical() if hasattr(settings, "canonical") else settings


def as_json(settings: Any) -> dict[str, Any]:
    """The settings as plain JSON values: numbers of a tuple as they are typed, a donor as the description of its run.

    Those that came `Later` stand there only where they have not their default.
    """
    cls: Any = type(settings)
    known = {setting.name: setting for setting in settings_of(cls)}
    plain = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if field.name in known and known[field.name].later and value == field.default:
            continue
        if isinstance(value, tuple):
            value = ",".join(map(str, value))
        plain[field.name] = value.as_json() if hasattr(value, "as_json") else value
    return plain
