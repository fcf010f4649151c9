"""The 2×2 table of CS231n: which depth is best, with little or much data, from a similar or a different donor?"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from core.figures.two_by_two import cell_verdict, depth_figure, depth_words, heat_figure
from core.lessons.lesson import Claim, Drawn, Lesson, Number, Result

TITLES = {
    "readout": "Very little data: read a stage out with a linear classifier",
    "tuned": "Quite a lot of data: fine-tune the upper stages",
}
ADVICE = {
    ("readout", "similar"): "Very little data, similar donor: read the top stage.",
    ("readout", "different"): "Very little data, different donor: read an earlier stage than the top.",
    ("tuned", "similar"): "Quite a lot of data, similar donor: fine-tune a few stages.",
    ("tuned", "different"): "Quite a lot of data, different donor: fine-tune more of them.",
}
ASKED = ("readout", "different")  # the cell that the page asks about
LABELS = {"readout": "little", "tuned": "much"}  # the setting that says how many


def heat(advice: str, result: Result, dark: bool) -> Drawn | None:
    """All depths, for both donors."""
    table, stages = result.summary["tables"].get(advice, {}), result.summary["stages"]
    if not table:
        return None
    guess = str(result.guess) if result.guess else None
    figure = heat_figure(table, stages, advice=advice, dark=dark, guess=guess)
    title = f"{TITLES[advice]} ({result.settings[LABELS[advice]]} a class)"
    return Drawn(title, figure, in_words(table, TITLES[advice]))


def depth(which: str, result: Result, dark: bool) -> Drawn | None:
    """The best stage to read against the number of labels."""
    by_labels, stages = result.summary["by_labels"], result.summary["stages"]
    if not by_labels.get(which):
        return None
    means = [p["mean"] for donor in by_labels.values() for column in donor.values() for p in column["depths"].values()]
    figure = depth_figure(by_labels[which], stages, dark=dark, top=min(1.0, max(means, default=1.0) + 0.08))
    best = ", ".join(f"{stages[c['best'] - 1]} at {n} a class" for n, c in by_labels[which].items() if "best" in c)
    return Drawn(f"The best stage to read, of a {which} donor", figure, f"Best stage to read: {best}")


def in_words(table: Mapping[str, Any], title: str) -> str:
    """A heat map as a sentence, for those who do not see it."""
    parts = []
    for which, column in table.items():
        cells = ", ".join(f"{point['mean']:.0%} at {depth}" for depth, point in column["depths"].items())
        parts.append(f"{which} donor, by depth: {cells}; chosen {column.get('best', 'not yet')}")
    return f"{title}. {'. '.join(parts)}"


def claims(result: Result) -> list[Claim]:
    """The slide's advice for each of the four cells that is there, and which depths were compared; first the one that
    was asked about.
    """
    stages, claims = result.summary["stages"], []
    for cell in sorted(ADVICE, key=lambda cell: cell != ASKED):
        advice, which = cell
        column = result.summary["tables"].get(advice, {}).get(which, {})
        if judged := cell_verdict(column):
            chosen, rival = (depth_words(column[key], advice, stages) for key in ("advised", "rival"))
            unit = " stages" if advice == "tuned" else ""
            reason = f"Of what it names validation chose {chosen}{unit}, of the rest {rival}{unit}."
            claims.append(Claim(ADVICE[cell], judged, reason))
    return claims


def numbers(result: Result) -> list[Number]:
    where = {"readout": "read out after", "tuned": "fine-tuned:"}
    return [
        Number.of(
            f"{which.capitalize()} donor, {result.settings[LABELS[advice]]} a class, {where[advice]} "
            f"{depth_words(int(d), advice, result.summary['stages'])}",
            point,
        )
        for advice, donors in result.summary["tables"].items()
        for which, column in donors.items()
        for d, point in column["depths"].items()
    ]


def question(settings: Mapping[str, Any]) -> str:
    little = settings["little"]
    pictures = "One picture" if little == 1 else f"{little} pictures"
    return f"{pictures} a class, and the donor learned something else: read which stage?"


TWO_BY_TWO = Lesson(
    "Which stages? The 2×2 table",
    question,
    {
        **{advice: functools.partial(heat, advice) for advice in TITLES},
        **{f"depth_{which}": functools.partial(depth, which) for which in ("similar", "different")},
    },
    claims,
    numbers,
)
