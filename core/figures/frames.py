"""How well one thing is followed through a clip, frame by frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.style import APART, LABEL, LINE, MARKER, group_hues, styled

DRAWN = {"j": ("J", "circle"), "f": ("F", "diamond")}  # column → name, marker


def frames_figure(rows: Sequence[Mapping[str, Any]], *, dark: bool) -> go.Figure:
    """`rows`: a frame each (`frame`, from 1), with J and F (shares). The first one was marked: it stands apart."""
    figure, ends = go.Figure(), []
    places = [row["frame"] for row in rows]
    for (column, (name, symbol)), colour in zip(DRAWN.items(), group_hues(len(DRAWN), dark), strict=True):
        values = [row[column] for row in rows]
        figure.add_scatter(
            x=places, y=values, mode="markers+lines", name=name,
            line={"color": colour, "width": LINE},
            marker={
                "size": MARKER, "symbol": [f"{symbol}-open", *[symbol] * (len(rows) - 1)], "color": colour,
                "line": {"width": 3, "color": colour},
            },
            hovertemplate="frame %{x}: " + name + " %{y:.0%}<extra></extra>",
        )  # fmt: skip
        ends.append((values[-1], name, colour))
    styled(figure, dark=dark, x="Frame (1 was marked)", y="Agreement (%)", height=340)
    figure.update_xaxes(dtick=1 if len(rows) < 13 else None)
    figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    last = float("-inf")
    for end, name, colour in sorted(ends):
        last = max(end, last + APART)
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", xshift=4, y=last, text=f"<b>{name}</b>", showarrow=False,
            font={"size": LABEL, "color": colour},
        )  # fmt: skip
    figure.update_layout(margin_r=40)
    return figure


def frames_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """The figure in words."""
    return "; ".join(f"frame {row['frame']}: J {row['j']:.0%}, F {row['f']:.0%}" for row in rows)
