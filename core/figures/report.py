"""A finished run as one HTML file that opens anywhere, offline: question, guess, figures, numbers and their origin.

It holds no pictures. All words of others (class names, say) are escaped.
"""

from __future__ import annotations

import base64
import functools
import json
import math
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from core.figures.chapters import Drawings, Found, chapter_of
from core.figures.style import WORDS

STATIC = Path(__file__).parent / "static"
MOST_ROWS = 60  # that are shown; all are in the file to save
SIGNED = {"difference", "small_over_large", "toy"}  # in points
LABELS = {
    "control_accuracy": "Test pictures named correctly, from scratch",
    "difference": "Borrowed − from scratch",
    "small_over_large": "A tenth of the head's rate − ten times it",
    "toy": "How a picture was turned: with the toy − from the empty room",
    "labels": "Labelled pictures",
    "seconds": "Seconds of computing",
}
HIDDEN = {"classes", "skipped", "arm", "low", "high"}  # said elsewhere
PRIVATE = "upload:"


def report(found: Found, *, csv: str, link: str = "") -> str:
    """The HTML text; `csv` holds all rows, `link` opens the page again (left out for uploads: it would open them)."""
    chapter = chapter_of(found)
    figures = [
        {"title": title, "light": plain(figure), "dark": plain(dark), "height": figure.layout.height or 400}
        for (title, figure), (_, dark) in zip(
            chapter.draw(found, False).values(), chapter.draw(found, True).values(), strict=True
        )
    ]
    own = found.settings.get("data", "")
    private = str(own).startswith(PRIVATE)
    return template().render(
        title=chapter.title,
        question=chapter.question(found),
        guess=guess_words(found.guess),
        claim=chapter.claim(found),
        figures=figures,
        plotly=plotly_source() if figures else "",
        numbers=numbers(found),
        tables=tables(found.summary),
        classes=found.classes,
        skipped=len(found.summary.get("skipped", ())),
        settings=settings(found.settings),
        origin=origin(found),
        link="" if private else link,
        private=private,
        command=command(found),
        rows=listing(found.rows),
        count=len(found.rows),
        csv=base64.b64encode(csv.encode()).decode(),
        id=found.id,
    )


@functools.cache
def template() -> Any:
    import jinja2

    loader = jinja2.FileSystemLoader(STATIC, encoding="utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, loader=loader)
    return environment.get_template("report.html.jinja")


@functools.cache
def plotly_source() -> str:
    from plotly.offline import get_plotlyjs

    return get_plotlyjs()


def plain(figure: go.Figure) -> str:
    """A figure as JSON that may stand inside a script element."""
    text = figure.to_json()
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def whole_page(figure: go.Figure, ground: str) -> str:
    """One figure as an HTML file of its own, on the colour of its theme; opens offline."""
    shown = go.Figure(figure).update_layout(paper_bgcolor=ground)
    return shown.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True})


def guess_words(guess: float | str | None) -> str:
    if isinstance(guess, int | float):
        return f"{guess:g} %"
    return str(guess or "")


def numbers(found: Found) -> list[tuple[str, str, str]]:
    """(what, value, 95 % interval) of all single numbers of a summary."""
    lines = []
    summary = found.summary
    bounds = {name for key in summary for name in interval_names(summary, key)}
    for name, value in summary.items():
        if name in HIDDEN | bounds or isinstance(value, list | dict | str):
            continue
        words = LABELS.get(name, name.replace("_", " ").capitalize())
        if name == "test_accuracy":
            words = "Test pictures named correctly" + (f", {WORDS[summary['arm']]}" if "arm" in summary else "")
        lines.append((words, written(name, value), interval(summary, name)))
    return lines


def interval_names(summary: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """The names under which a summary keeps the 95 % interval of one of its numbers."""
    stem = name.removesuffix("_accuracy")
    pairs = [(f"{name}_low", f"{name}_high"), (f"{stem}_low", f"{stem}_high")]
    if name in ("test_accuracy", "accuracy"):
        pairs.append(("low", "high"))
    return next(((low, high) for low, high in pairs if low in summary and high in summary), ())


def interval(summary: Mapping[str, Any], name: str) -> str:
    names = interval_names(summary, name)
    if not names:
        return ""
    low, high = (summary[key] for key in names)
    if not (math.isfinite(low) and math.isfinite(high)):
        return "none from one seed"
    return f"{written(name, low)} to {written(name, high)}"


def written(name: str, value: Any) -> str:
    """A number with its unit: shares in per cent, differences of shares in points."""
    if name in SIGNED:
        return f"{100 * value:+.1f} points".replace("-", "−")
    if name.endswith("accuracy") or name == "chance":
        return f"{100 * value:.1f} %"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def tables(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lists of points that a summary holds, such as a curve, with their intervals in a column."""
    found = []
    for name, points in summary.items():
        if not (isinstance(points, list) and points and all(isinstance(point, dict) for point in points)):
            continue
        hidden = {bound for point in points for key in point for bound in interval_names(point, key)}
        names = [key for key in points[0] if key not in hidden]
        lines = []
        for point in points:
            cells = [written(key, point.get(key, "")) for key in names]
            lines.append([*cells, next((text for key in names if (text := interval(point, key))), "")])
        heads = [key.replace("_", " ") for key in names]
        found.append({"title": name.capitalize(), "heads": [*heads, "95 % interval"], "lines": lines})
    return found


def settings(chosen: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each setting in words; of a path on disk the last part, of a donor what was trained."""
    return [(name, setting(name, value)) for name, value in chosen.items() if value is not None]


def setting(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = value["settings"]
        parts = (f"{key}={setting(key, inner[key])}" for key in inner if inner[key] is not None)
        return f"{value['experiment'].partition(':')[2]}: {', '.join(parts)}"
    text = str(value)
    return Path(text).name if name in ("data", "source") and text.startswith(("/", "\\")) else text


def origin(found: Found) -> list[tuple[str, str]]:
    """Where the numbers come from."""
    record, source = found.record, found.record["provenance"]
    spec = record["spec"]
    packages = ", ".join(f"{name} {version}" for name, version in source.get("packages", {}).items())
    lines = {
        "Run": found.id,
        "Experiment": f"{spec['experiment']}, version {spec['version']}",
        "Measured": source["date"],
        "Processor": source["processor"],
        "System": f"{source['system']}, {source['cores']} cores, {source['threads']} thread(s) a run",
        "Code": source["code"] or "no checkout",
        "Python": source["python"],
        "Packages": packages,
        "Pictures": spec["data"],
    }
    return [(name, str(value)) for name, value in lines.items() if value]


def command(found: Found) -> str:
    """The command that runs it again; empty for a run that borrows from another one in its settings."""
    if any(isinstance(value, dict) for value in found.settings.values()):
        return ""
    words = [f"{name}={setting(name, value)}" for name, value in found.settings.items() if value not in (None, "")]
    return " ".join(["transferlab", "run", found.name, *map(shlex.quote, words)])


def listing(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of the test, or all if they are few, as a table."""
    shown = list(rows) if len(rows) <= MOST_ROWS else [row for row in rows if row.get("split") == "test"]
    shown = shown[:MOST_ROWS]
    heads = list(dict.fromkeys(name for row in shown for name in row))
    return {"heads": heads, "lines": [[cell(row.get(name, "")) for name in heads] for row in shown]}


def cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value) if isinstance(value, list) else str(value)


def drawings(found: Found, dark: bool) -> Drawings:
    """The figures of a run, as its page draws them."""
    return chapter_of(found).draw(found, dark)
