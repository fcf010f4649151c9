"""One curve that is still growing. ECharts keeps its node when the data change, so nothing flickers and zoom stays.

Plotly is for finished figures: Streamlit mounts it anew at every change (30 viewers: 500 ms against 76 ms).
"""

from __future__ import annotations

import dataclasses
import html

import streamlit as st

from core.figures.style import GROUPS, HUES, WORDS, hue, text
from core.runs.metrics import Metric
from core.ui.theme import dark

MOST = 300  # points of a curve; more cannot be seen


@dataclasses.dataclass(frozen=True)
class Series:
    """Points (x, y) of one arm; `role` gives the hue, where it has one."""

    name: str
    points: list[tuple[float, float]]
    role: str


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MOST` points, the last always among them."""
    every = -(-len(points) // MOST)
    return points if every <= 1 else points[:-1][::every] + points[-1:]


def curve(series: list[Series], metric: Metric, *, key: str, height: int = 340, named: bool = True) -> None:
    """Draw the series of a metric on one pair of axes; a share from 0 to 100 per cent, other numbers as they come.

    `named`: the axis says what it is; else it stands above.
    """
    night, x = dark(), metric.of.capitalize()
    y = f"{metric.title} (%)" if metric.share else metric.title
    bounds = {"min": 0, "max": 100} if metric.share else {"scale": True}
    axis = _axis(night)
    option = {
        "animation": False,
        "grid": {"left": 70 if named else 44, "right": 130 if named else 16, "top": 20, "bottom": 55},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "name": x, "nameGap": 32, **axis},
        "yAxis": {"type": "value", "name": y if named else "", "nameGap": 48, **bounds, **axis},
        "series": [_line(one, 100 if metric.share else 1, night, k, named) for k, one in enumerate(series)],
    }
    st.echarts_chart(option, key=key, height=height, theme=None, alt=f"{y} against {x}")


def _axis(night: bool) -> dict:
    """What all axes have in common: readable from the last row, with lines that stay behind the curves."""
    return {
        "nameLocation": "middle",
        "nameTextStyle": {"fontSize": 16, "color": text(night)},
        "axisLabel": {"fontSize": 14, "color": text(night)},
        "splitLine": {"lineStyle": {"color": text(night), "opacity": 0.15}},
    }


DASHES = ("solid", "dashed", "dotted")


def _line(series: Series, times: float, night: bool, k: int, named: bool) -> dict:
    colour = hue(series.role, night) if series.role in HUES else (text(night) if named else GROUPS[k % 5][night])
    return {
        "type": "line",
        "name": WORDS.get(series.name, series.name),
        "data": [[step, float(f"{times * value:.4g}")] for step, value in thinned(series.points)],
        "showSymbol": named,
        "symbol": "diamond" if series.role == "scratch" else "circle",
        "symbolSize": 9,
        "lineStyle": {"width": 4, "color": colour, "type": "solid" if named else DASHES[k % len(DASHES)]},
        "itemStyle": {"color": colour},
        "endLabel": {"show": named, "formatter": "{a}", "color": colour, "fontSize": 16, "fontWeight": "bold"},
    }


def legend(series: list[Series]) -> None:
    """Which line is which, above curves that are too narrow for words at their ends."""
    night, words = dark(), []
    for k, one in enumerate(series):
        look = _line(one, 1, night, k, False)["lineStyle"]
        mark = f"display: inline-block; width: 36px; border-top: 4px {look['type']} {look['color']}"
        name = html.escape(WORDS.get(one.name, one.name))
        words.append(f'<i style="{mark}; vertical-align: middle; margin-right: 8px"></i>{name}')
    st.html(f"<p class='legend'>{' &emsp; '.join(words)}</p>")


def histograms(series: list[Series], x: str, *, key: str, height: int = 230) -> None:
    """Histograms that change: shares (x, 0 to 1) of each, as steps on one pair of axes."""
    night = dark()
    lines = [
        {**_line(one, 100, night, k, False), "step": "middle", "areaStyle": {"opacity": 0.15}}
        for k, one in enumerate(series)
    ]
    axis = _axis(night)
    option = {
        "animation": False,
        "grid": {"left": 44, "right": 16, "top": 20, "bottom": 55},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "min": -1, "max": 1, "name": x, "nameGap": 32, **axis},
        "yAxis": {"type": "value", "min": 0, **axis},
        "series": lines,
    }
    st.echarts_chart(option, key=key, height=height, theme=None, alt=f"Per cent of pairs against {x}")
