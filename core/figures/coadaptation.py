"""The search for the dip: a row a setting that was tried, a column a depth, a cell base − BnB with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import plotly.graph_objects as go

from core.figures.style import TICK, hue, styled, text
from core.figures.verdict import Verdict, verdict

LOSS, GAIN, UNCLEAR = "loss", "gain", "unclear"
FILLS = {LOSS: ("self", 0.45), GAIN: ("paper", 0.45), UNCLEAR: ("paper", 0.08)}  # role of the hue, opacity
ROW = 50  # px
Point = Mapping[str, Any]


def kind(point: Point) -> str:
    """Whether the interval of base − BnB lies above zero, below it, or holds it."""
    return LOSS if point["low"] > 0 else GAIN if point["high"] < 0 else UNCLEAR


def every(found: Mapping[str, Any]) -> Iterator[tuple[str, str, Point]]:
    """(setting, depth, point) of all cells."""
    for name, row in found["tried"].items():
        for n, point in row["coadaptation"].items():
            yield name, n, point


def coadaptation_figure(found: Mapping[str, Any], *, dark: bool) -> go.Figure:
    """`found["tried"][name]` as `coadaptation.summarise` has it, perhaps of some of the settings."""
    figure, names = go.Figure(), list(found["tried"])
    depths = sorted({int(n) for _, n, _ in every(found)})
    for name, n, point in every(found):
        x, y, which = int(n), -names.index(name), kind(point)
        role, opacity = FILLS[which]
        figure.add_shape(
            type="rect", x0=x - 0.47, x1=x + 0.47, y0=y - 0.44, y1=y + 0.44, layer="below", name=which,
            fillcolor=hue(role, dark), opacity=opacity, line={"width": 0},
        )  # fmt: skip
        mean, low, high = (_points(point[key]) for key in ("mean", "low", "high"))
        bold = f"<b>{mean}</b>" if which != UNCLEAR else mean
        figure.add_annotation(
            x=x, y=y, text=f"{bold}<br><span style='font-size:13px'>{low} … {high}</span>", showarrow=False,
            font={"size": TICK, "color": text(dark)},
        )  # fmt: skip
        words = found["tried"][name]["words"]
        figure.add_scatter(
            x=[x], y=[y], mode="markers", marker={"size": 1, "opacity": 0}, name=f"{name} {n}",
            hovertemplate=f"{words}, n = {n}: base − BnB {mean} points (95 %: {low} to {high})<extra></extra>",
        )  # fmt: skip
    styled(figure, dark=dark, x="Copied and frozen stages n", y="", height=ROW * len(names) + 80)
    figure.update_xaxes(
        tickvals=depths, range=[min(depths, default=0) - 0.5, max(depths, default=1) + 0.5], showgrid=False
    )
    figure.update_yaxes(
        tickvals=[-k for k in range(len(names))], ticktext=[found["tried"][name]["words"] for name in names],
        range=[-len(names) + 0.5, 0.5], showgrid=False,
    )  # fmt: skip
    figure.update_layout(margin_t=5)
    return figure


def searched(found: Mapping[str, Any]) -> str:
    """What the search found, in two sentences; counts that chance would give stand beside those that were found."""
    points = list(every(found))
    losses = [(name, n, point) for name, n, point in points if kind(point) == LOSS]
    gains = sum(kind(point) == GAIN for *_, point in points)
    half = sorted((point["high"] - point["low"]) / 2 for *_, point in points)
    told = (
        f"Of {len(points)} intervals {len(losses)} lie above zero (a loss) and {gains} below (a gain); were there no "
        f"effect, about {len(points) / 40:.0f} would lie on each side by chance."
    )
    if half:
        told += f" Half an interval is {100 * half[len(half) // 2]:.1f} points wide, in the median."
    if losses:
        name, n, point = max(losses, key=lambda cell: cell[2]["mean"])
        told += f" The largest loss: {found['tried'][name]['words']}, n = {n}, {_points(point['mean'])} points."
    return told


def shown(found: Mapping[str, Any], n: str = "4") -> tuple[str, Verdict, str] | None:
    """Of a sweep as `anb.summarise` has it: does BnB dip at n, and how do copies stand that learn on?"""
    point = found["effects"].get("coadaptation", {}).get(n)
    if point is None:
        return None
    tuned = found["curves"].get("BnB+", {}).get(n)
    on = f"Copies that learn on stand {_points(tuned['mean'] - found['base']['mean'])} from base." if tuned else ""
    claim = f"Trained longer, frozen copies of B's own stages fall behind base (n = {n}, {point['seeds']} other seeds)."
    return claim, verdict(point["mean"], point["low"], point["high"]), on


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")
