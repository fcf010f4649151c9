import dataclasses
import pickle
from typing import Annotated

import pytest

from core.runs.settings import Later, OneOf, Range, Refused, as_json, coerce, settings_of
from core.runs.spec import Spec, experiment
from tests.runs.toys import Count


def test_words_become_the_declared_types():
    settings = coerce(Count, {"to": "7", "rate": "0.5", "loud": "yes", "mood": "calm"})
    assert settings == Count(to=7, rate=0.5, loud=True)


@pytest.mark.parametrize(
    ("values", "named", "allowed"),
    [
        ({"to": "0"}, "to", "a whole number from 1 to 1000"),
        ({"to": "2.5"}, "to", "a whole number"),
        ({"to": "many"}, "to", "a whole number"),
        ({"to": True}, "to", "a whole number"),
        ({"rate": "nan"}, "rate", "from 0.1 to 10"),
        ({"rate": "inf"}, "rate", "from 0.1 to 10"),
        ({"mood": "angry"}, "mood", "one of calm, broken, refusing"),
        ({"loud": "perhaps"}, "loud", "true or false"),
        ({"speed": "3"}, "speed", "to, rate, mood, loud"),
        ({"to": "500", "loud": "true"}, "to", "at most 100 when loud"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(values, named, allowed):
    with pytest.raises(Refused) as caught:
        coerce(Count, values)
    sentence = str(caught.value)
    assert sentence.startswith(f"{named}=")
    assert allowed in sentence
    assert "\n" not in sentence


def test_every_field_that_a_person_may_set_is_described():
    described = {setting.name: setting for setting in settings_of(Count)}
    assert list(described) == ["to", "rate", "mood", "loud"]  # a donor is set by code only
    assert described["to"].help == "how far"
    assert described["to"].default == 3
    assert described["rate"].allowed.log


def test_a_long_value_is_cut_and_a_refusal_survives_pickling():
    refused = Refused("data", "x" * 1000, "a shorter one.")
    assert len(str(refused)) < 200
    assert str(pickle.loads(pickle.dumps(refused))) == str(refused)


def test_settings_as_json_are_plain():
    assert as_json(Count(to=2)) == {"to": 2, "rate": 1.0, "mood": "calm", "loud": False, "donor": None}


@dataclasses.dataclass(frozen=True)
class Counts:
    budgets: Annotated[tuple[int, ...], Range(1, 400)] = (1, 5)
    kept: Annotated[tuple[int, ...], Range(0, 9), Later()] = ()


@experiment(Counts, version=1)
def counted(settings):
    yield {"split": "train", "value": sum(settings.budgets)}


@pytest.mark.parametrize("given", ["3,40", [3, 40], (3, 40), ["3", "40"]])
def test_several_numbers_are_a_tuple_and_stand_as_they_are_typed(given):
    spec = Spec.of(counted, budgets=given)
    assert spec.settings.budgets == (3, 40)
    assert spec.as_json()["settings"] == {"budgets": "3,40"}
    assert Spec.from_json(spec.as_json()) == spec


@pytest.mark.parametrize("given", ["3,many", "3,4.5", "0", "3,401", [[1]]])
def test_numbers_that_are_none_are_refused(given):
    with pytest.raises(Refused, match="whole numbers from 1 to 400, with commas between"):
        coerce(Counts, {"budgets": given})


@dataclasses.dataclass(frozen=True)
class Ways:
    ways: Annotated[tuple[str, ...], OneOf(("x", "y"))] = ("x",)


@pytest.mark.parametrize(
    ("cls", "given", "words"),
    [
        (
            Counts,
            {"budgets": "3,401,5"},
            "budgets=401 cannot be used: whole numbers from 1 to 400, with commas",
        ),
        (Ways, {"ways": "x,,z"}, "ways=z cannot be used: some of x, y, with commas between."),
        (Ways, {"ways": [["x"]]}, "ways=['x'] cannot be used: some of x, y, with commas between."),
    ],
)
def test_of_a_list_the_part_that_is_wrong_is_named(cls, given, words):
    with pytest.raises(Refused) as refused:
        coerce(cls, given)
    assert str(refused.value).startswith(words)
    assert coerce(Ways, {"ways": "y,x"}).ways == ("y", "x")
    assert coerce(Ways, {"ways": ""}).ways == ()


def test_a_setting_that_came_later_changes_no_older_run():
    plain = Spec.of(counted)
    assert "kept" not in plain.as_json()["settings"]
    other = Spec.of(counted, kept="0,3")
    assert other.as_json()["settings"]["kept"] == "0,3"
    assert other.id != plain.id
    assert Spec.from_json(other.as_json()) == other
