import pytest

from core.runs.guesses import NEVER, Guesses
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


def test_never_is_a_word_beside_the_numbers_also_in_an_older_file(home):
    (home / "guesses").mkdir(parents=True)
    (home / "guesses" / "old.jsonl").write_text('{"owner": "ada", "value": 40, "time": 1}\n')
    Guesses("old").add("bob", NEVER)
    Guesses("old").add("eve", 0.5)
    assert Guesses("old").values() == [40, "never", 0.5]


def test_a_line_cut_off_by_a_full_disk_loses_one_guess_not_the_question(home):
    Guesses("one").add("ada", 40)
    file = home / "guesses" / "one.jsonl"
    file.write_text(file.read_text() + '\n{"owner": "bo')
    assert Guesses("one").values() == [40]
    Guesses("one").add("eve", 60)
    Guesses("one").add("dan", 80)
    assert Guesses("one").values() == [40, 60, 80]


def test_questions_do_not_mix_and_names_stay_in_the_folder(home):
    Guesses("../../one").add("ada", 1)
    assert Guesses("two").values() == []
    assert [file.name for file in (home / "guesses").iterdir()] == ["______one.jsonl"]


def test_a_guess_that_cannot_be_kept_is_one_sentence(home, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be written"):
        Guesses("one", tmp_path / "file").add("ada", 1)
