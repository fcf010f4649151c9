"""Five kinds of question, the guesses that they keep, and what is shown once they are answered."""

import base64
import re

import pytest
from streamlit.testing.v1 import AppTest

from core.figures.sketch import SHAPES
from core.figures.verdict import HOLDS, NOT_HERE, NOT_SETTLED, WEAKER, Verdict
from core.runs.guesses import Guesses
from core.ui.stages import LOW, TALL, heights, in_words

ONE = "0123456789abcdef"


def page_of(function, **where):
    page = AppTest.from_function(function, default_timeout=60)
    for name, value in where.items():
        page.query_params[name] = value
    return page.run()


def questions_page():
    import streamlit as st

    from core.figures.rates import rate_figure
    from core.figures.sketch import SHAPES
    from core.ui.commit import Card
    from core.ui.lesson import ask_ab, ask_card, ask_curve, ask_number, ask_stage, histogram, own_guess

    stages, labels, run = ["conv1", "conv2", "fc"], [1, 2, 5, 10, "never"], "0123456789abcdef"
    cards = ["this", Card("that", "with a sentence")]
    dots = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'
    curve = [{"body_rate": rate, "accuracy": 0.5, "low": 0.4, "high": 0.6} for rate in (0, 0.1, 1)]
    kind = st.query_params["kind"]
    then = lambda: st.session_state.update(called=True)  # noqa: E731
    asked = {
        "number": lambda: ask_number("**How many?**", run, then, values=labels, unit="labels"),
        "card": lambda: ask_card("**Which?**", run, cards, then),
        "ab": lambda: ask_ab("**Which?**", run, {"noise": dots, "order": rate_figure(curve, dark=False)}, then=then),
        "stage": lambda: ask_stage("**Which stage?**", run, stages, then),
        "curve": lambda: ask_curve("**Which shape?**", run, SHAPES, then, x="stages", y="accuracy"),
    }
    answers = {"number": labels, "card": cards, "ab": ["noise", "order"], "stage": stages, "curve": SHAPES}
    measured = {"number": 4, "card": "that", "ab": "order", "stage": "fc", "curve": "flat"}
    st.session_state.open = asked[kind]()
    if st.session_state.open:
        st.session_state.own = own_guess(run)
        histogram(run, measured[kind], "labels", answers=answers[kind])


KINDS = ["number", "card", "ab", "stage", "curve"]
BY_BUTTON = {"card": (1, "that"), "ab": (1, "order"), "curve": (2, "a hump")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_question_is_closed_until_it_is_answered_or_skipped(home, kind):
    page = page_of(questions_page, kind=kind)
    assert not page.exception
    assert page.session_state.open is False
    assert not page.get("plotly_chart") or kind == "ab"
    page.button(key=f"guess_{ONE}_skip").click().run()
    assert not page.exception
    assert page.session_state.open is True
    assert page.session_state.own is None
    assert page.session_state.called
    assert Guesses(ONE).values() == []
    assert "Nobody has guessed" in page.caption[0].value


@pytest.mark.parametrize("kind", BY_BUTTON)
def test_one_click_on_an_answer_commits_and_opens_the_histogram(home, kind):
    button, kept = BY_BUTTON[kind]
    page = page_of(questions_page, kind=kind)
    page.button(key=f"guess_{ONE}_{button}").click().run()
    assert not page.exception
    assert page.session_state.own == kept
    assert page.session_state.called
    assert not page.button, "the question is gone"
    (chart,) = page.get("plotly_chart")
    assert f"Yours: {kept}." in chart.proto.alt


@pytest.mark.parametrize("chosen", [5, "never"])
def test_a_number_line_offers_the_given_values_and_never(home, chosen):
    page = page_of(questions_page, kind="number")
    line = page.select_slider(key=f"guess_{ONE}")
    assert line.value is None
    assert line.label == "How many?", "it is spoken with its question"
    assert list(line.options) == ["slide to guess", "1 labels", "2 labels", "5 labels", "10 labels", "never"]
    assert page.button(key=f"guess_{ONE}_lock").disabled
    line.set_value(chosen).run()
    page.button(key=f"guess_{ONE}_lock").click().run()
    assert Guesses(ONE).values() == [chosen]
    assert f"Yours: {chosen}" in page.get("plotly_chart")[0].proto.alt


def test_the_pictures_of_a_question_do_not_give_their_names_away(home):
    page = page_of(questions_page, kind="ab")
    assert [button.label for button in page.button][:2] == ["It is A", "It is B"]
    shown = " ".join(str(element.proto) for kind in ("image", "plotly_chart", "button") for element in page.get(kind))
    assert "Picture A" in shown
    assert "Picture B" in shown
    assert "noise" not in shown
    assert not re.search("\\border\\b", shown)


def test_a_sketch_stands_on_its_card_beside_its_word(home):
    page = page_of(questions_page, kind="curve")
    for k, name in enumerate(SHAPES):
        label = page.button(key=f"guess_{ONE}_{k}").label
        assert label.endswith(f") {name}")
        assert b"<polyline" in base64.b64decode(label.partition("base64,")[2].partition(")")[0])


def test_a_card_with_a_sentence_keeps_its_word(home):
    page = page_of(questions_page, kind="card")
    assert page.button(key=f"guess_{ONE}_1").label == "**that**  \nwith a sentence"


def picture_page():
    from pathlib import Path

    import streamlit as st

    from core.ui.commit import Card, commit_card

    cards = [Card("a", picture=Path(st.query_params["file"])), "b"]
    commit_card("Which?", cards, key="n", save=lambda value: None)


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "jpeg"), ("b.PNG", "png"), ("c.webp", "webp")])
def test_a_picture_on_a_card_is_sent_with_its_kind(tmp_path, name, kind):
    (tmp_path / name).write_bytes(b"bytes of a picture")
    page = page_of(picture_page, file=str(tmp_path / name))
    address = f"data:image/{kind};base64,{base64.b64encode(b'bytes of a picture').decode()}"
    assert page.button(key="n_0").label == f"![]({address}) a"
    assert page.button(key="n_1").label == "b"


def test_without_a_histogram_of_its_own_a_word_is_counted_among_the_words(home):
    def words_page():
        from core.ui.lesson import histogram

        histogram("0123456789abcdef", "flat")

    Guesses(ONE).add("ada", "rises")
    (chart,) = page_of(words_page).get("plotly_chart")
    assert chart.proto.alt == "1 guess: rises (1). Measured: flat."


def test_a_guess_that_cannot_be_kept_says_so_and_leaves_the_question(home):
    (home).mkdir(parents=True)
    (home / "guesses").write_text("a file where a folder should be")
    page = page_of(questions_page, kind="card")
    page.button(key=f"guess_{ONE}_0").click().run()
    assert not page.exception
    assert "cannot be written" in page.error[0].value
    assert page.session_state.open is False


def verdict_page():
    import streamlit as st

    from core.figures.verdict import Verdict
    from core.ui.figures import show_verdict

    show_verdict("It is better.", Verdict(st.query_params["word"], -0.1, -0.2, 0.3), "A reason.")


BOXES = [(HOLDS, "success"), (WEAKER, "warning"), (NOT_HERE, "error"), (NOT_SETTLED, "info")]


@pytest.mark.parametrize(("word", "box"), BOXES)
def test_a_verdict_is_told_by_a_word_and_a_sign_besides_its_colour(word, box):
    page = page_of(verdict_page, word=word)
    (shown,) = page.get(box)
    assert f"**{word.capitalize()}**: {Verdict(word, -0.1, -0.2, 0.3).numbers}. A reason." in shown.value
    assert shown.icon


def test_the_four_verdicts_have_four_signs():
    icons = {page_of(verdict_page, word=word).get(box)[0].icon for word, box in BOXES}
    assert len(icons) == 4


def badges_page():
    from pathlib import Path

    from core.runs.store import RECORDED, Run
    from core.ui.badge import badge, paper_badge, running_badge

    origin = {"date": "2026-05-01T10:00:00", "processor": "a laptop"}
    badge(Run(Path("/somewhere/aaaa"), {"summary": {"seconds": 13.6}, "provenance": origin}), seeds=3)
    badge(Run(Path("/somewhere/bbbb"), {"summary": {"seconds": 2}, "provenance": origin}))
    badge(Run(RECORDED / "cccc", {"summary": {}, "provenance": origin}), seeds=5)
    paper_badge("Table 3", key="dddd")
    running_badge(2, 3, key="eeee")


def test_a_badge_says_where_a_figure_comes_from():
    assert [line.value for line in page_of(badges_page).markdown] == [
        "● Measured here · 14 s · 3 seeds",
        "● Measured here · 2 s",
        "◷ Recorded · 2026-05-01 · a laptop · 5 seeds",
        "❝ Paper · Table 3",
        "◌ Running · 2 of 3 seeds",
    ]


def break_page():
    import streamlit as st

    from core.ui.lesson import break_it

    st.session_state.seen = st.query_params.get("data")
    break_it("Learn digits.", data="digits")


def test_the_switch_that_breaks_it_makes_its_choices():
    page = page_of(break_page, stages="ff")
    page.button(key="break").click().run()
    assert page.session_state.seen == "digits"
    assert "stages" not in page.query_params


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ("ffttn", "5 stages: a, b frozen; c, d fine-tuned; e new."),
        ("fffft", "5 stages: a to d frozen; e fine-tuned."),
        ("ftftf", "5 stages: a frozen; b fine-tuned; c frozen; d fine-tuned; e frozen."),
        ("n", "1 stage: a new."),
    ],
)
def test_a_network_is_told_in_one_sentence(states, said):
    words = {"f": "frozen", "t": "fine-tuned", "n": "new"}
    assert in_words("abcde"[: len(states)], [words[state] for state in states]) == said


def test_blocks_are_as_tall_as_their_maps_are_fine():
    assert heights(4, (4, 8, 16, 0)) == [TALL, (TALL + LOW) // 2, LOW, LOW]
    assert heights(3, (16, 16, 0)) == [TALL, TALL, LOW], "a transformer sees as many patches in all its stages"
    assert heights(2, (0, 0)) == [LOW, LOW]
    assert heights(3) == [TALL, (TALL + LOW) // 2, LOW]
    assert heights(1) == [TALL]
