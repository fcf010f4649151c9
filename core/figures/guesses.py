"""What the class guessed."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from core.figures.style import LABEL, hue, styled, text

BINS = 10


def guesses_figure(
    values: Sequence[float], *, measured: float, dark: bool, own: float | None = None, unit: str = "%"
) -> go.Figure:
    """A histogram of guesses from 0 to 100; the measured value and one's own guess as lines."""
    figure = go.Figure(
        go.Histogram(
            x=list(values),
            xbins={"start": 0, "end": 100.001, "size": 100 / BINS},
            marker={"color": hue("paper", dark), "line": {"width": 1}},
            hovertemplate="%{y} guesses from %{x}<extra></extra>",
        )
    )
    figure.add_vline(x=measured, line={"color": hue("transfer", dark), "width": 4})
    figure.add_annotation(
        x=measured, y=1.08, yref="paper", text=f"<b>measured {measured:.0f} {unit}</b>", showarrow=False,
        font={"size": LABEL, "color": hue("transfer", dark)},
    )  # fmt: skip
    if isinstance(own, int | float):
        figure.add_vline(x=own, line={"color": text(dark), "width": 3, "dash": "dash"})
        figure.add_annotation(
            x=own, y=0.9, yref="paper", text=f"yours {own:.0f}", showarrow=False, xanchor="left", xshift=6
        )
    styled(figure, dark=dark, x=f"Guess ({unit})", y="Guesses", height=260)
    figure.update_xaxes(range=[0, 100])
    figure.update_yaxes(dtick=max(1, len(values) // 5), rangemode="tozero")
    return figure
