"""One curve that is still growing. ECharts keeps its node when the data change, so nothing flickers and zoom stays.

Plotly is for finished figures: Streamlit mounts it anew at every change (30 viewers: 500 ms against 76 ms).
"""

from __future__ import annotations

import dataclasses

import streamlit as st

from core.figures.style import HUES, WORDS, hue, text
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


def curve(series: list[Series], metric: Metric, *, key: str, height: int = 340) -> None:
    """Draw the series of a metric on one pair of axes; a share from 0 to 100 per cent, other numbers as they come."""
    night, x = dark(), metric.of.capitalize()
    y = f"{metric.title} (%)" if metric.share else metric.title
    bounds = {"min": 0, "max": 100} if metric.share else {"scale": True}
    axis = {"nameLocation": "middle", "nameTextStyle": {"fontSize": 16, "color": text(night)}}
    label = {"fontSize": 14, "color": text(night)}
    axis["splitLine"] = {"lineStyle": {"color": text(night), "opacity": 0.15}}
    option = {
        "animation": False,
        "grid": {"left": 70, "right": 130, "top": 20, "bottom": 55},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "name": x, "nameGap": 32, "axisLabel": label, **axis},
        "yAxis": {"type": "value", "name": y, "nameGap": 48, "axisLabel": label, **bounds, **axis},
        "series": [_line(one, 100 if metric.share else 1, night) for one in series],
    }
    st.echarts_chart(option, key=key, height=height, theme=None, alt=f"{y} against {x}")


def _line(series: Series, times: float, night: bool) -> dict:
    colour = hue(series.role, night) if series.role in HUES else text(night)
    return {
        "type": "line",
        "name": WORDS.get(series.name, series.name),
        "data": [[step, float(f"{times * value:.4g}")] for step, value in thinned(series.points)],
        "showSymbol": True,
        "symbol": "diamond" if series.role == "scratch" else "circle",
        "symbolSize": 9,
        "lineStyle": {"width": 4, "color": colour},
        "itemStyle": {"color": colour},
        "endLabel": {"show": True, "formatter": "{a}", "color": colour, "fontSize": 16, "fontWeight": "bold"},
    }
