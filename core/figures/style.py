"""Colours, marks and type of every figure: hue = origin, marker = learning, dash = source.

The hues are checked for three colour-vision deficiencies (ΔE ≥ 29), in light and in dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

# role: (light, dark)
HUES = {
    "transfer": ("#D55E00", "#FF8A3D"),
    "self": ("#0072B2", "#5BB8F0"),
    "scratch": ("#222222", "#FFFFFF"),
    "random": ("#AD32FF", "#C132FF"),
    "paper": ("#767676", "#9AA0A6"),
}
MARKERS = {"transfer": "circle", "self": "circle", "scratch": "diamond", "random": "x", "paper": "line-ew"}
WORDS = {
    "transfer": "borrowed",
    "scratch": "from scratch",
    "random": "random, frozen",
    "self": "itself",
    "paper": "paper",
}
TEXT, GRID, BACK = ("#222222", "#F2F2F2"), ("#E3E3E3", "#3A3F47"), ("#FFFFFF", "#0E1117")
AXIS_TITLE, TICK, LABEL, LINE, MARKER = 20, 17, 20, 5, 14  # px
APART = 0.062  # of an axis of shares, between two names


def hue(role: str, dark: bool) -> str:
    return HUES[role][dark]


def palette(dark: bool) -> dict[str, str]:
    """role → hex colour."""
    return {role: pair[dark] for role, pair in HUES.items()}


def text(dark: bool) -> str:
    return TEXT[dark]


def ground(dark: bool) -> str:
    return BACK[dark]


def on(colour: str) -> str:
    """Black or white, whichever is easier to read on this colour (#RRGGBB): the higher contrast ratio of WCAG 2."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#FFFFFF"


def styled(figure: go.Figure, *, dark: bool, x: str, y: str, height: int = 380, **layout: Any) -> go.Figure:
    """Give a figure the house's type, axes and margins; `x` and `y` are axis titles with their units."""
    axis = {
        "gridcolor": GRID[dark],
        "zeroline": False,
        "linecolor": TEXT[dark],
        "title_font_size": AXIS_TITLE,
        "tickfont_size": TICK,
        "automargin": True,
    }
    figure.update_layout(
        height=height,
        showlegend=False,
        font={"color": TEXT[dark], "size": TICK, "family": "sans-serif"},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 10, "r": 20, "t": 30, "b": 10},
        hoverlabel={"font_size": 15},
        dragmode=False,
        **layout,
    )
    figure.update_xaxes(title_text=x, **axis)
    figure.update_yaxes(title_text=y, **axis)
    return figure


def names_at_ends(figure: go.Figure, ends: Iterable[tuple[float, str, str]], dark: bool) -> None:
    """Curves' names (y, name, role) right of an axis of shares, pushed apart where they would lie on one another."""
    last = float("-inf")
    for end, words, role in sorted(ends):
        last = max(end, last + APART)
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=4, y=last, text=f"<b>{words}</b>", showarrow=False,
            font={"size": LABEL - 2, "color": hue(role, dark)},
        )  # fmt: skip


def in_points(share: float, digits: int = 0) -> str:
    """A difference of two shares in points, which are not per cent: "+2", "−0.5"."""
    return f"{100 * share:+.{digits}f}".replace("-", "−")


def points_axis(low: float, high: float) -> dict[str, Any]:
    """What an axis of differences between shares needs: its range, and ticks in whole points."""
    step = next((step for step in (0.01, 0.02, 0.05, 0.1, 0.2) if (high - low) / step <= 9), 0.5)
    ticks = [k * step for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    return {"range": [low, high], "tickvals": ticks, "ticktext": [in_points(tick) if tick else "0" for tick in ticks]}


# Groups that are told apart by more than their origin: (light, dark), never by the hue alone.
GROUPS = (
    ("#0072B2", "#5BB8F0"),
    ("#D55E00", "#FF8A3D"),
    ("#008F6B", "#2FD0A5"),
    ("#B8860B", "#F0C419"),
    ("#AD32FF", "#C77DFF"),
    ("#8C564B", "#C49C94"),
    ("#5C6BC0", "#9FA8DA"),
    ("#767676", "#9AA0A6"),
    ("#C2185B", "#F48FB1"),
    ("#4E7D00", "#AED581"),
)


def group_hues(count: int, dark: bool) -> list[str]:
    """A hex colour for each of so many groups; beyond ten they come again, and the marks must tell."""
    return [GROUPS[k % len(GROUPS)][dark] for k in range(count)]
