"""Looking through what somebody brought, as a run: what it says, and what it leaves when it is stopped."""

import pytest

from core.experiments.look_through import look_through
from core.runs.drive import drive
from core.runs.settings import Refused
from core.runs.spec import Progress, Spec
from core.runs.store import Store
from core.worlds.uploads import forget, is_prepared, store_upload
from tests.worlds.drawn import classes, zipped


@pytest.fixture
def address(home, tmp_path):
    files = classes({"cats": 14, "dogs": 9}) | {"dogs/notes.txt": b"no picture"}
    with open(zipped(tmp_path / "a.zip", files), "rb") as file:
        return store_upload(file, "a.zip")


def test_it_says_what_can_be_used_and_what_cannot_and_makes_the_world_ready(address):
    items = list(drive(spec := Spec.of(look_through, data=address)))
    progress = [item for item in items if isinstance(item, Progress)]
    rows = [item for item in items if not isinstance(item, Progress)]
    assert [(item.done, item.total) for item in progress] == [(k, 24) for k in range(1, 25)]
    assert [(row["class"], row["pictures"]) for row in rows] == [("cats", 14), ("dogs", 9)]
    summary = Store().open(spec).summary
    assert (summary["pictures"], summary["classes"]) == (23, 2)
    assert [name for name, _ in summary["skipped"]] == ["dogs/notes.txt"]
    assert is_prepared(address)


def test_stopped_in_the_middle_it_leaves_no_run_and_no_copy(address, home):
    course = drive(Spec.of(look_through, data=address))
    assert next(course).done == 1
    course.close()
    assert not is_prepared(address)
    assert Store().runs() == []
    assert [path.suffix for path in home.rglob("*") if path.is_file()] == [".zip"]


def test_pictures_that_were_deleted_meanwhile_are_one_sentence(address):
    spec = Spec.of(look_through, data=address)
    forget([address])
    with pytest.raises(Refused, match=r"these pictures were deleted; upload them again\.$"):
        list(drive(spec))
