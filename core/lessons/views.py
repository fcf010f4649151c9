"""Which views? What two views share decides what a code tells."""

from __future__ import annotations

from core.figures.verdict import point_verdict
from core.figures.views import amounts_figure, information_figure, shared_figure
from core.lessons.lesson import PLAIN, Claim, Drawn, Lesson, Number, Result, table_numbers, table_words

AMOUNTS = {"share": "Share of the picture seen", "strength": "Strength of colour jitter"}
CLAIMS = {
    "class_over_object": "Views that share the class alone tell more classes than views of the same object.",
    "class_over_group": "They tell more classes than views that share no more than a group of classes.",
    "random_over_everything": "Views that share everything leave fewer classes to be read than random weights do.",
}
CHOSEN = "The best was chosen on the same runs."


def shared(result: Result, dark: bool) -> Drawn | None:
    """Accuracy of the probes along the sets, a panel a target."""
    summary = result.summary
    if not summary["table"]:
        return None
    names = summary["growing"], summary["alone"]
    how = {"control": summary["control"], "regimes": summary["regimes"], "dark": dark}
    figure = shared_figure(summary["table"], summary["chance"], *names, **how)
    title = "What a linear probe reads, by what the views share"
    return Drawn(title, figure, f"{title}. {table_words(summary['table'])}")


def information(result: Result, dark: bool) -> Drawn | None:
    """The same against the estimate of the shared information."""
    summary = result.summary
    if not summary["information"]:
        return None
    targets, growing = list(summary["chance"]), summary["growing"]
    figure = information_figure(
        summary["table"], summary["information"], targets, growing, ceiling=summary["ceiling"], dark=dark
    )
    said = ", ".join(f"{name} {point['mean']:.1f} nats" for name, point in summary["information"].items())
    return Drawn("The same, by how much they share", figure, f"Estimated information: {said}")


def claims(result: Result) -> list[Claim]:
    """The one that was asked about first; then that other targets want other views."""
    summary = result.summary
    found = [
        Claim(words, point_verdict(summary["claims"][claim]))
        for claim, words in CLAIMS.items()
        if claim in summary["claims"]
    ]
    return found + [
        Claim(
            f"For the {target} another pair is better than the class: *{point['name']}*.", point_verdict(point), CHOSEN
        )
        for target, point in summary["elsewhere"].items()
    ]


def numbers(result: Result) -> list[Number]:
    about = result.summary["information"].items()
    told = [Number.of(f"{name}: information, InfoNCE (nats)", point, PLAIN) for name, point in about]
    return [*table_numbers(result.summary["table"]), *told]


def question(settings: object) -> str:
    return (
        "Two views share ever more: nothing, the group of the toy, its class, the whole object … everything. Which "
        "pair teaches a network most about the *class*?"
    )


def amounts(result: Result, dark: bool) -> Drawn | None:
    """Of photographs: accuracy and information against share and strength."""
    summary = result.summary
    if not summary["accuracy"]:
        return None
    figure = amounts_figure(summary["accuracy"], summary["information"], AMOUNTS, control=summary["random"], dark=dark)
    title = "Windows and colours of photographs"
    return Drawn(title, figure, f"{title}. {table_words(summary['accuracy'])}")


def amounts_claims(result: Result) -> list[Claim]:
    """That neither end is best."""
    return [
        Claim(f"In between is better than at the end: {words}.", point_verdict(point), CHOSEN)
        for words, point in result.summary["claims"].items()
    ]


def amounts_numbers(result: Result) -> list[Number]:
    return table_numbers(result.summary["accuracy"])


INFOMIN_CELLS = Lesson("Which views?", question, {"shared": shared, "information": information}, claims, numbers)
INFOMIN_PHOTOGRAPHS = Lesson(
    "Windows and colours",
    lambda settings: "How much of a photograph should both views show, and how far should their colours differ?",
    {"amounts": amounts},
    amounts_claims,
    amounts_numbers,
)
