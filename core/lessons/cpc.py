"""Predicting what comes next: InfoNCE's bound on a known sequence, and what each detail is worth on patches."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any

from core.figures.cpc import bound_figure, bound_words, latent_figure
from core.figures.representations import ranking_figure
from core.figures.verdict import point_verdict
from core.lessons.lesson import PLAIN, POINTS, Claim, Drawn, Lesson, Number, Result
from core.lessons.representations import Amount, over

AMONG, AHEAD = "Chosen among N", "Steps ahead"
HARDLY = 0.1  # of R²: less than that is called hardly better


def bounds(result: Result, dark: bool, kind: str = "many") -> Drawn | None:
    """The bound, and all that bounds it, against N or further ahead."""
    points = result.summary[kind]
    if not points:
        return None
    title = "What is told of the next step" if kind == "many" else "Further ahead, one of 256"
    figure = bound_figure(points, x=AMONG if kind == "many" else AHEAD, dark=dark)
    return Drawn(title, figure, f"{title}, nats. {bound_words(points)}")


def latent(result: Result, dark: bool) -> Drawn | None:
    points = result.summary["many"]
    if not points:
        return None
    title = "How well the latent is read from the code"
    levels = {}
    if "untrained" in result.summary:
        levels = {"what is seen": result.summary["seen"], "untrained": result.summary["untrained"]["mean"]}
    said = ", ".join(f"{n}: {points[n]['r2']['mean']:.2f}" for n in sorted(points, key=int))
    said += "".join(f"; {words} {level:.2f}" for words, level in levels.items())
    return Drawn(title, latent_figure(points, x=AMONG, dark=dark, levels=levels), f"{title}, R². {said}")


def room(of: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """By how much a bound lies below log N and the information, whichever is less."""
    least, found = min(of["ceiling"]["mean"], of["information"]["mean"]), of["bound"]
    return {"mean": least - found["mean"], "low": least - found["high"], "high": least - found["low"]}


def amount(point: Mapping[str, Any]) -> Amount:
    return Amount(**dataclasses.asdict(point_verdict(point)))


def bounds_claims(result: Result) -> list[Claim]:
    claims, summary = [], result.summary
    rooms = [room(of) for kind in ("many", "offsets") for of in summary[kind].values()]
    grown = summary["grown"]
    if "bound" in grown:
        fewest, most = min(summary["many"], key=int), max(summary["many"], key=int)
        claims.append(
            Claim(
                f"The bound grows with N, from {fewest} to {most}.", amount(grown["bound"]), "Nats, paired over seeds."
            )
        )
    if rooms:
        tightest = min(rooms, key=lambda point: point["low"])
        words = "It lies below log N, and below the information, everywhere."
        claims.append(Claim(words, amount(tightest), "Nats below, where it is nearest."))
    if "r2" in grown:
        left = {name: HARDLY - grown["r2"][of] for name, of in {"mean": "mean", "low": "high", "high": "low"}.items()}
        words = "While it grows the latent is read hardly better: by less than a tenth of R²."
        claims.append(Claim(words, amount(left), f"R² grows by {grown['r2']['mean']:.3f}; a tenth, less that."))
    return claims


def bounds_numbers(result: Result) -> list[Number]:
    words = {"many": "Among {}", "offsets": "{} steps ahead"}
    called = {"bound": "bound, nats", "optimal": "optimal critic, nats", "r2": "R² of the latent"}
    numbers = [
        Number.of(f"{words[kind].format(place)}: {said}", of[name], PLAIN)
        for kind in words
        for place, of in sorted(result.summary[kind].items(), key=lambda item: int(item[0]))
        for name, said in called.items()
    ]
    short = result.summary.get("short")
    return [*numbers, Number.of("Most that is missing to the optimal critic, nats", short, PLAIN)] if short else numbers


def stairs(result: Result, dark: bool, number: str = "accuracy") -> Drawn | None:
    """The steps one below the other, and random weights."""
    points = result.summary[number]
    if not points:
        return None
    title = {"accuracy": "What a linear probe reads after each step", "right": "Questions on patches right"}[number]
    x = {"accuracy": "Linear probe, right (%)", "right": "One of four, right (%)"}[number]
    said = ", ".join(f"{name} {point['mean']:.1%}" for name, point in points.items())
    return Drawn(title, ranking_figure(points, x=x, dark=dark), f"{title}: {said}")


def stairs_claims(result: Result) -> list[Claim]:
    """That CPC learned anything, at its first step and at its last; that the step that added most added anything."""
    ahead, gained = result.summary["ahead"], result.summary["gained"]
    claims = [
        Claim(f"{name}: more is read than from random weights.", over(ahead[name], "seeds"), "Of the same encoder.")
        for name in dict.fromkeys([*list(ahead)[:1], *list(ahead)[-1:]])
    ]
    if gained:
        most = max(gained, key=lambda name: gained[name]["mean"])
        reason = "Of all steps it added most, on these very runs; points of the linear probe, paired."
        claims.append(Claim(f"{most} is better than the step before.", over(gained[most], "seeds"), reason))
    return claims


def stairs_numbers(result: Result) -> list[Number]:
    summary = result.summary
    shares = {"Linear probe": "accuracy", "Questions right": "right"}
    points = {"above random weights": "ahead", "above the step before": "gained"}
    numbers = [Number.of(f"{said}, {name}", p) for said, of in shares.items() for name, p in summary[of].items()]
    return numbers + [
        Number.of(f"{name}, {s}", p, POINTS) for s, of in points.items() for name, p in summary[of].items()
    ]


def single_numbers(result: Result) -> list[Number]:
    """Of one training, over a sequence or over pictures."""
    summary = result.summary
    if "bound" in summary:
        words = {"bound": "Bound, nats", "optimal": "Optimal critic, nats", "ceiling": "log N, nats"}
        words |= {"information": "Information, nats", "r2": "R² of the latent"}
        return [Number(said, summary[name], unit=PLAIN) for name, said in words.items()]
    words = {"right": "One of four, test pictures right", "linear_probe": "Linear probe, test pictures right"}
    words |= {"knn": "Nearest neighbours, test pictures right"}
    return [Number.of(said, summary[name]) for name, said in words.items()]


def bounds_question(settings: Mapping[str, Any]) -> str:
    numbers = [int(n) for n in settings["many"].split(",")]
    few, many = min(numbers), max(numbers)
    return (
        f"A network is to find the true next step among {few}, or among {many}. From few to many: what becomes of "
        "the *bound* on what it is told, and of *how well the latent is read* from its code?"
    )


CPC = Lesson("Predict what comes next", numbers=single_numbers)
CPC_BOUND = Lesson(
    "How much is told of the next step?",
    bounds_question,
    {"bound": bounds, "latent": latent, "offsets": functools.partial(bounds, kind="offsets")},
    bounds_claims,
    bounds_numbers,
)
CPC_DETAILS = Lesson(
    "Details matter",
    lambda settings: "Five things are changed one after the other. Which is worth most here, to a linear probe?",
    {"stairs": stairs, "right": functools.partial(stairs, number="right")},
    stairs_claims,
    stairs_numbers,
)
