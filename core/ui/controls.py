"""The right widget for a declared setting. Its value lives in the address, so a link opens the same experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.runs.settings import OneOf, Range, Setting, settings_of


def controls(
    settings: type,
    names: list[str],
    labels: dict[str, str],
    choices: Mapping[str, tuple] | None = None,
    **opening: Any,
) -> dict[str, Any]:
    """A widget for each named field of a settings class; `opening` overrides a default, `choices` the whole range.

    Returns name → value.
    """
    known, few = {setting.name: setting for setting in settings_of(settings)}, choices or {}
    return {name: control(known[name], labels.get(name, name), opening.get(name), few.get(name, ())) for name in names}


def control(setting: Setting, label: str, opening: Any = None, choices: tuple = ()) -> Any:
    """One setting's widget; `choices` are round values to offer instead of the whole range."""
    default = setting.default if opening is None else opening
    common: dict[str, Any] = {"key": setting.name, "help": setting.help, "bind": "query-params"}
    if choices:
        return st.select_slider(label, list(choices), default, **common)
    if setting.type is bool:
        return st.toggle(label, default, **common)
    if setting.type is tuple:
        return st.text_input(label, ",".join(map(str, default)) if isinstance(default, tuple) else default, **common)
    if isinstance(setting.allowed, OneOf):
        options = list(setting.allowed.options)
        return st.segmented_control(label, options, default=default, required=True, **common)
    if isinstance(setting.allowed, Range) and setting.allowed.log:
        return st.select_slider(label, decades(setting.allowed, default), default, **common)
    if isinstance(setting.allowed, Range):
        kind = setting.type
        bounds: dict[str, Any] = {"min_value": kind(setting.allowed.low), "max_value": kind(setting.allowed.high)}
        return st.number_input(label, value=kind(default), **bounds, **common)
    return st.text_input(label, default, **common)


def decades(allowed: Range, default: float) -> list[float]:
    """1, 2 and 5 of each decade in the range, and the default."""
    low, high = math.floor(math.log10(allowed.low)), math.ceil(math.log10(allowed.high))
    steps = {float(f"{mantissa}e{power}") for power in range(low, high + 1) for mantissa in (1, 2, 5)}
    return sorted({default, *(step for step in steps if allowed.low <= step <= allowed.high)})
