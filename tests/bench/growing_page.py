"""A page with one run whose pictures grow, for `bench_app`: streamlit run tests/bench/growing_page.py."""

from core.experiments import Spec
from core.ui.live import live_runs
from tests.engine.toys import growing

RUN = Spec.of(growing, rows=24, pause=0.37, seed=1)

if __name__ == "__main__":
    live_runs([RUN], button="Go", key="growing")
