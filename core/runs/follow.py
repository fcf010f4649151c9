"""A run on a terminal: its progress and the time that is left, on standard error; and what it found, in lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

from core.runs.drive import outcome
from core.runs.metrics import Metric
from core.runs.spec import Progress, Row
from core.runs.store import Run


def follow(driven: Iterator[Row | Progress], title: str, metric: Metric | None = None) -> Run:
    """Drive a run to its end with progress, its `metric` now, and time left on standard error."""
    start = phase_began = shown = time.monotonic()
    phase, terminal, told = ("", 0.0), sys.stderr.isatty(), ""
    while True:
        try:
            item = next(driven)
        except StopIteration as end:
            if terminal:
                sys.stderr.write("\r\x1b[K")
            sys.stderr.write(f"{title}: done in {time.monotonic() - start:.1f} s\n")
            return end.value
        if not isinstance(item, Progress):
            if metric and metric.rows([item]):
                told = f", {metric.title.lower()} {metric.says(item[metric.name])}"
            continue
        now = time.monotonic()
        if phase != (item.what, item.start):
            phase, phase_began = (item.what, item.start), now
        if now - shown > (0.2 if terminal else 2.0):
            shown, left = now, item.seconds_left(now - phase_began)
            line = f"{title}: {item.done:g} of {item.total:g} {item.what}{told}"
            line += f", {left:.0f} s left" if left is not None else ""
            sys.stderr.write(f"\r\x1b[K{line}" if terminal else line + "\n")
            sys.stderr.flush()


def in_words(run: Run) -> Iterator[str]:
    """A finished run in lines: settings, summary, the last and the best of its metrics, where it was measured."""
    found = outcome(run)
    yield f"run {found['run_id']}  {run.record['spec']['experiment']}"
    for part in ("settings", "summary"):
        yield f"{part}:"
        for name, value in found[part].items():
            yield f"    {name} = {value:.4g}" if isinstance(value, float) else f"    {name} = {value}"
    rows = run.rows()
    for metric in run.spec().about.metrics:
        if told := metric.rows(rows):
            last, best = told[-1], (min if metric.falls else max)(told, key=lambda row: row[metric.name])
            words = [f"{metric.says(row[metric.name])} after {metric.of} {row[metric.of]:g}" for row in (last, best)]
            yield f"{metric.title}: {words[0]}; best: {words[1]}"
    origin = found["provenance"]
    yield f"measured {origin['date']} on {origin['processor']}, {origin['threads']} thread(s), code {origin['code']}"
