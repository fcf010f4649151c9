"""One question, one widget, nothing preselected, or Skip: five kinds that look alike."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from core.figures.sketch import Points, sketch
from core.runs.guesses import Guess
from core.ui.inline import inline
from core.ui.stages import stage_pick
from core.ui.theme import dark

Save = Callable[[Guess | None], None]
Picture = Path | str  # a file, or the text of an SVG drawing


@dataclasses.dataclass(frozen=True)
class Card:
    """An answer with a sentence, or a small picture, on it; the word is what is kept."""

    word: str
    sentence: str = ""
    picture: Picture | None = None


def commit_number(
    question: str,
    *,
    key: str,
    save: Save,
    low: int = 0,
    high: int = 100,
    step: int = 5,
    unit: str = "%",
    values: Sequence[Guess] | None = None,
) -> None:
    """A number line on which nothing is chosen yet; `save` gets the number, or None for Skip.

    `values`: what can be chosen instead of low to high, for example 1, 2, 5 … 400, `NEVER`.
    """
    values = list(values or range(low, high + 1, step))
    numbers = [value for value in values if not isinstance(value, str)]
    with _question(question, key):
        chosen = st.select_slider(
            _plain(question),
            [None, *values],
            None,
            format_func=lambda value: _amount(value, unit),
            key=key,
            label_visibility="collapsed",
        )
        ends = f"From {numbers[0]} to {_amount(numbers[-1], unit)}"
        st.caption(", or ".join([ends, *(f"*{value}*, at the far end" for value in values if isinstance(value, str))]))
        _lock(chosen, key, save, lambda: st.session_state[key])


def commit_card(question: str, cards: Sequence[str | Card], *, key: str, save: Save) -> None:
    """One of a few answers, side by side; a click commits."""
    with _question(question, key):
        _tapped([card if isinstance(card, Card) else Card(card) for card in cards], key, save)
        _skip(key, save)


def commit_ab(
    question: str, pictures: Mapping[str, Picture | go.Figure], *, key: str, save: Save, about: Sequence[str] = ()
) -> None:
    """Two pictures or figures, side by side and called A and B only; a click commits, and keeps the name of the one.

    `about`: for those who do not see them, what each looks like, without giving the answer away.
    """
    with _question(question, key), st.container(key=f"ab_{key}"):
        for k, (column, (name, picture)) in enumerate(zip(st.columns(2), pictures.items(), strict=True)):
            letter = "AB"[k]
            alt = about[k] if about else f"Picture {letter}"
            with column:
                if isinstance(picture, go.Figure):
                    quiet = {"staticPlot": True}  # what one could read off by hovering is for later
                    st.plotly_chart(picture, key=f"{key}_figure_{k}", theme=None, config=quiet, alt=alt)
                else:
                    st.image(_address(picture), width="stretch", alt=alt)
                st.button(f"It is {letter}", key=f"{key}_{k}", on_click=save, args=[name], width="stretch")
        _skip(key, save)


def commit_stage(question: str, stages: Sequence[str], *, key: str, save: Save, strides: Sequence[int] = ()) -> None:
    """The network's drawing; tap a block, then lock it in."""
    with _question(question, key):
        chosen = stage_pick(stages, key=key, question=_plain(question), strides=strides)
        _lock(chosen, key, save, lambda: st.session_state[key]["picked"])


def commit_curve(
    question: str, shapes: Mapping[str, Points], *, key: str, save: Save, x: str = "", y: str = ""
) -> None:
    """A few sketched shapes (points over the unit square) by their names; a click commits. x, y: what the axes are."""
    with _question(question, key):
        if x or y:
            st.caption(f"→ {x}  \n↑ {y}")
        night = dark()
        _tapped([Card(name, picture=sketch(points, dark=night)) for name, points in shapes.items()], key, save)
        _skip(key, save)


@contextlib.contextmanager
def _question(question: str, key: str) -> Iterator[None]:
    with st.container(key=f"question_{key}", border=True):
        st.markdown(question)
        yield


def _tapped(cards: Sequence[Card], key: str, save: Save) -> None:
    """Cards in a row, on a phone two in a row where they carry pictures."""
    pictured = any(card.picture for card in cards)
    with st.container(key=f"{'pictured' if pictured else 'cards'}_{key}"):
        for k, (column, card) in enumerate(zip(st.columns(len(cards)), cards, strict=True)):
            label = f"![]({_address(card.picture)}) " if card.picture else ""
            label += f"**{card.word}**  \n{card.sentence}" if card.sentence else card.word
            column.button(label, key=f"{key}_{k}", on_click=save, args=[card.word], width="stretch", wrap=True)


def _lock(chosen: Guess | None, key: str, save: Save, latest: Callable[[], Guess]) -> None:
    """The button that commits to what is chosen when it is pressed, which may be newer than what this page knows."""
    with st.container(horizontal=True):
        st.button(
            "Lock in my guess",
            key=f"{key}_lock",
            type="primary",
            disabled=chosen is None,
            on_click=lambda: save(latest()),
        )
        _skip(key, save)


def _skip(key: str, save: Save) -> None:
    st.button("Skip", key=f"{key}_skip", type="tertiary", on_click=save, args=[None])


def _amount(value: Guess | None, unit: str) -> str:
    if value is None:
        return "slide to guess"
    return value if isinstance(value, str) else f"{value} {unit}"


def _plain(question: str) -> str:
    """The question as it is spoken."""
    return question.replace("*", "")


def _address(picture: Picture) -> str:
    """The picture as a data address."""
    if isinstance(picture, Path):
        kind, content = picture.suffix.lstrip(".").lower().replace("jpg", "jpeg"), picture.read_bytes()
    else:
        kind, content = "svg+xml", picture.encode()
    return inline(content, kind)
