"""The part "From generic to specific" of a page: nothing measured is there before the guess, then all of it."""

from streamlit.testing.v1 import AppTest

from core.experiments import experiment
from core.experiments.generic_specific import generic_specific
from core.runs.drive import drive
from core.runs.spec import Spec
from core.runs.store import Store
from pages.parts import similarity


def section():
    from pages.parts.similarity import generic_specific_section

    generic_specific_section()


def test_figures_claims_and_the_untrained_pair_come_after_the_guess(home, monkeypatch):
    small = Spec.of(experiment("generic_specific"), data="digits", pictures=20, steps=2, seeds=1)
    for _ in drive(small, Store()):
        pass
    asked = []
    monkeypatch.setattr(similarity, "live_runs", lambda specs, **_: asked.extend(specs) or [Store().open(small)])
    page = AppTest.from_function(section, default_timeout=120).run()
    assert not page.exception
    assert not asked
    assert not page.get("plotly_chart")
    page.button(key=f"guess_{Spec.of(generic_specific).id}_skip").click().run()
    assert not page.exception
    words = [chart.proto.alt for chart in page.get("plotly_chart")]
    assert ["by CKA" in words[0], "by Procrustes" in words[1], "chest X-rays" in words[2]] == [True] * 3
    assert len(page.success) + len(page.warning) + len(page.error) + len(page.info) == 4, "a verdict a claim"
    page.button(key="break_similarity").click().run()
    assert not page.exception
    assert [spec.settings.untrained for spec in asked] == ["one", "both"]
    assert not [button for button in page.button if button.key == "break_similarity"]
