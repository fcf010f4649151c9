"""Every experiment of the table: it can be described, made into a spec, and its wrong settings are refused."""

import dataclasses

import pytest

from core.experiments import EXPERIMENTS, experiment
from core.runs.settings import Range, Refused, coerce, settings_of
from core.runs.spec import Spec


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_setting_has_help_and_a_default_that_is_allowed(name):
    about = experiment(name).experiment
    for setting in settings_of(about.settings):
        assert setting.help, f"{name}.{setting.name} needs a line of help"
        if setting.default != "" and name != "predict":
            assert setting.coerce(setting.default) == setting.default


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_number_out_of_range_is_refused_by_name(name):
    about = experiment(name).experiment
    for setting in settings_of(about.settings):
        if isinstance(setting.allowed, Range):
            with pytest.raises(Refused) as caught:
                coerce(about.settings, {setting.name: setting.allowed.high * 2 + 1})
            assert caught.value.setting == setting.name


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "predict"])
def test_the_defaults_make_a_spec_that_survives_json(name):
    spec = Spec.of(experiment(name))
    assert Spec.from_json(spec.as_json()).id == spec.id
    assert dataclasses.is_dataclass(spec.settings)


def test_an_unknown_experiment_is_refused_with_the_names_there_are():
    with pytest.raises(Refused, match="finetune"):
        experiment("fine_tune")
