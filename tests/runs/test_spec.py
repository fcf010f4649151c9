import dataclasses
import subprocess
import sys

import pytest

from core.runs import spec as specs
from core.runs.settings import Refused
from core.runs.spec import Spec
from tests.runs.toys import count, counts


def test_equal_settings_written_differently_are_one_run():
    assert Spec.of(count, to="3", rate=1).id == Spec.of(count).id


def test_whatever_changes_the_numbers_changes_the_identity():
    spec = Spec.of(count)
    others = [
        Spec.of(count, to=4),
        Spec.of(count, threads=2),
        dataclasses.replace(spec, version=4),
        dataclasses.replace(spec, data="numbers-2"),
        Spec.of(count, donor=Spec.of(count, to=9)),
    ]
    assert len({spec.id, *(other.id for other in others)}) == 6


def test_where_an_arm_is_another_run_the_plan_is_another_plan(monkeypatch):
    before, alone = Spec.of(counts).id, Spec.of(count).id
    monkeypatch.setattr(count, "experiment", dataclasses.replace(count.experiment, version=4))
    specs._arms.cache_clear()  # as in a process that runs the changed code
    assert Spec.of(count).id != alone
    assert Spec.of(counts).id != before


def test_the_arms_of_equal_plans_are_worked_out_once():
    first, again = Spec.of(counts, arms=3), Spec.of(counts, arms=3)
    assert first is not again
    assert all(one is other for one, other in zip(first.arms(), again.arms(), strict=True))
    first.arms().clear()
    assert len(again.arms()) == 3, "a caller's list is its own"


def test_identity_is_the_same_in_another_process():
    code = "from core.runs.spec import Spec; from tests.runs.toys import count; print(Spec.of(count, to=5).id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == Spec.of(count, to=5).id


def test_a_spec_comes_back_from_json_with_its_donor():
    spec = Spec.of(count, to=5, donor=Spec.of(count, to=2))
    again = Spec.from_json(spec.as_json())
    assert again == spec
    assert again.donors() == [Spec.of(count, to=2)]


def test_a_plan_names_each_arm_once_and_a_single_run_has_none():
    assert [arm.settings.to for arm in Spec.of(counts).arms()] == [1, 2]
    assert Spec.of(count).arms() == []


@pytest.mark.parametrize("reference", ["os:system", "core.runs.drive:drive", "core.experiments.train:load", "nowhere"])
def test_only_experiments_can_be_named(reference):
    plain = {**Spec.of(count).as_json(), "experiment": reference}
    with pytest.raises(Refused, match="experiment="):
        Spec.from_json(plain)
