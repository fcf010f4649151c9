import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.experiments.script_modules import ROOT, parsed
from core.ui.code import source


def test_the_shown_code_is_the_code_with_its_marks():
    file, text = source("core.experiments.finetune:finetune")
    assert file == "core/experiments/finetune.py"
    assert text.startswith("@plan(Finetune")
    assert "return arms(settings)" in text


def test_a_function_that_is_not_there_is_our_mistake():
    with pytest.raises(KeyError):
        source("core.experiments.finetune:nothing")


class Leftover:
    """Garbage that lets another thread in when it is collected, as a class of students leaves plenty."""

    def __init__(self):
        self.itself = self

    def __del__(self):
        sum(number for number in range(50))


def test_thirty_students_open_the_code_at_once():
    def opened(_):
        return [Leftover() for _ in range(20)] and len(parsed(ROOT / "core/learning/fit.py").body)

    interval, threshold = sys.getswitchinterval(), gc.get_threshold()
    try:
        sys.setswitchinterval(1e-6)
        gc.set_threshold(5)
        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(opened, range(150)))) == 1
    finally:
        sys.setswitchinterval(interval)
        gc.set_threshold(*threshold)
