import pytest

from core.ui.code import source


def test_the_shown_code_is_the_code_with_its_marks():
    file, text = source("core.experiments.finetune:finetune")
    assert file == "core/experiments/finetune.py"
    assert text.startswith("@plan(Finetune")
    assert "return arms(settings)" in text


def test_a_function_that_is_not_there_is_our_mistake():
    with pytest.raises(KeyError):
        source("core.experiments.finetune:nothing")
