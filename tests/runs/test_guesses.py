import pytest

from core.runs.guesses import Guesses
from core.runs.settings import Refused


def test_one_guess_an_owner_and_the_first_one_counts(home):
    guesses = Guesses("run-1")
    guesses.add("ada", 40)
    guesses.add("ada", 90)
    guesses.add("bob", "never")
    assert guesses.of("ada") == 40
    assert guesses.values() == [40, "never"]
    assert not guesses.answered("eve")


def test_a_skip_opens_the_answer_but_is_not_counted(home):
    guesses = Guesses("run-1")
    guesses.add("ada", None)
    assert guesses.answered("ada")
    assert guesses.of("ada") is None
    assert guesses.values() == []


def test_questions_do_not_mix_and_names_stay_in_the_folder(home):
    Guesses("../../one").add("ada", 1)
    assert Guesses("two").values() == []
    assert [file.name for file in (home / "guesses").iterdir()] == ["______one.jsonl"]


def test_a_guess_that_cannot_be_kept_is_one_sentence(home, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be written"):
        Guesses("one", tmp_path / "file").add("ada", 1)
