"""What was taken for what: rows are the truth, columns the answers, and every cell can be chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from core.figures.style import hue, styled, text

WRITTEN = 20  # with more classes than this the counts do not fit into the cells
MOST = 40  # classes that can be told apart on a projector; of more, those with the most mistakes are shown


def confusion_figure(rows: Sequence[Mapping[str, Any]], classes: Sequence[str], *, dark: bool) -> go.Figure:
    """`rows`: one a test picture, with the class numbers `label` and `predicted`. Right is blue, wrong orange."""
    shown = _most_confused(rows, len(classes))
    counts = Counter((row["label"], row["predicted"]) for row in rows)
    of_class = Counter(row["label"] for row in rows)
    cells = [(truth, guess) for truth in shown for guess in shown]
    side = max(16, min(64, 520 // len(shown)))
    shares = [counts[cell] / max(1, of_class[cell[0]]) for cell in cells]
    colours = [hue("self" if truth == guess else "transfer", dark) for truth, guess in cells]
    figure = go.Figure(
        go.Scatter(
            x=[classes[guess] for _, guess in cells],
            y=[classes[truth] for truth, _ in cells],
            mode="markers+text",
            marker={
                "symbol": "square",
                "size": side * 0.94,
                "color": colours,
                "opacity": [0.06 + 0.84 * share if share else 0.03 for share in shares],
                "line": {"width": 0},
            },
            text=[str(counts[cell] or "") if len(shown) <= WRITTEN else "" for cell in cells],
            textfont={"size": min(18, side // 2), "color": text(dark)},
            customdata=[[counts[cell], share] for cell, share in zip(cells, shares, strict=True)],
            hovertemplate="%{customdata[0]} of <b>%{y}</b> called <b>%{x}</b> (%{customdata[1]:.0%})<extra></extra>",
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 0.25}},
        )
    )
    of = f" ({len(shown)} of {len(classes)} classes, with the most mistakes)" if len(shown) < len(classes) else ""
    styled(figure, dark=dark, x=f"The network's answer{of}", y="What it is", height=side * len(shown) + 190)
    names = [classes[label] for label in shown]
    category = {"type": "category", "categoryorder": "array", "categoryarray": names, "showgrid": False}
    ends = (-0.5, len(shown) - 0.5)
    figure.update_xaxes(**category, tickangle=-40 if len(shown) > 4 else 0, constrain="domain", range=ends)
    figure.update_yaxes(**category, range=ends[::-1], scaleanchor="x", constrain="domain", title_standoff=12)
    return figure


def _most_confused(rows: Sequence[Mapping[str, Any]], classes: int) -> list[int]:
    """All labels, or of too many those that most mistakes are made about, in their order."""
    mistakes = Counter(row[side] for row in rows for side in ("label", "predicted") if row["label"] != row["predicted"])
    return sorted(sorted(range(classes), key=lambda label: -mistakes[label])[:MOST])
