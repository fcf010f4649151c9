"""A finished run as one HTML file that opens anywhere, offline: question, guess, figures, numbers and their origin.

It holds no pictures. All words of others (class names, say) are escaped.
"""

from __future__ import annotations

import base64
import functools
import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from core.lessons import lesson_of
from core.lessons.lesson import Result

STATIC = Path(__file__).parent / "static"
MOST_ROWS = 60  # that are shown; all are in the file to save
PRIVATE = "upload:"


def report(result: Result, *, csv: str, link: str = "") -> str:
    """The HTML text; `csv` holds all rows, `link` opens the page again (left out for uploads: it would open them)."""
    lesson, figures = lesson_of(result.name), drawings(result)
    private = str(result.settings.get("data", "")).startswith(PRIVATE)
    return template().render(
        title=lesson.title,
        question=lesson.question(result.settings),
        guess=guess_words(result.guess, lesson.unit),
        claims=lesson.claims(result),
        figures=figures,
        plotly=plotly_source() if figures else "",
        numbers=lesson.numbers(result),
        seconds=result.summary.get("seconds"),
        classes=result.classes,
        skipped=len(result.summary.get("skipped", ())),
        settings=settings(result.settings),
        origin=origin(result),
        link="" if private else link,
        private=private,
        command=command(result),
        rows=listing(result.rows),
        count=len(result.rows),
        csv=base64.b64encode(csv.encode()).decode(),
        id=result.id,
    )


def drawings(result: Result) -> list[dict[str, Any]]:
    """Every figure of a run, in light and in dark."""
    lesson = lesson_of(result.name)
    both = zip(lesson.draw(result, False).values(), lesson.draw(result, True).values(), strict=True)
    return [
        {"title": light.title, "words": light.words, "light": plain(light.figure), "dark": plain(dark.figure)}
        | {"height": light.figure.layout.height or 400}
        for light, dark in both
    ]


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


def guess_words(guess: float | str | None, unit: str) -> str:
    if isinstance(guess, int | float):
        return f"{guess:g} {unit}"
    return str(guess or "")


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


def origin(result: Result) -> list[tuple[str, str]]:
    """Where the numbers come from."""
    record, source = result.record, result.record["provenance"]
    spec = record["spec"]
    packages = ", ".join(f"{name} {version}" for name, version in source.get("packages", {}).items())
    lines = {
        "Run": result.id,
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


def command(result: Result) -> str:
    """The command that runs it again; empty for a run that borrows from another one in its settings."""
    if any(isinstance(value, dict) for value in result.settings.values()):
        return ""
    words = [f"{name}={setting(name, value)}" for name, value in result.settings.items() if value not in (None, "")]
    threads = result.record["spec"].get("threads", 1)
    more = [f"--threads={threads}"] if threads != 1 else []
    return " ".join(["transferlab", "run", result.name, *map(shlex.quote, words), *more])


def listing(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The rows of the test, or all if they are few, as a table."""
    shown = list(rows) if len(rows) <= MOST_ROWS else [row for row in rows if row.get("split") == "test"]
    shown = shown[:MOST_ROWS]
    heads = list(dict.fromkeys(name for row in shown for name in row))
    return {"heads": heads, "lines": [[cell(row.get(name, "")) for name in heads] for row in shown]}


def cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value) if isinstance(value, list) else str(value)
