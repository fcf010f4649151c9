"""What an instructor shows to the class: one puzzle, one owner, and not for ever."""

import os
import time

from core.runs.lectern import ALIVE, Lectern, Shown


def test_it_is_shown_until_it_is_closed_by_its_owner(tmp_path):
    lectern = Lectern("a" * 16, tmp_path)
    assert lectern.now() is None
    assert lectern.show(Shown(3, False, "ada"))
    assert lectern.show(Shown(3, True, "ada"))
    assert Lectern("a" * 16, tmp_path).now() == Shown(3, True, "ada")
    assert Lectern("b" * 16, tmp_path).now() is None
    lectern.close("bob")
    assert lectern.now() is not None
    lectern.close("ada")
    assert lectern.now() is None


def test_nobody_else_takes_over_while_it_is_shown(tmp_path):
    lectern = Lectern("a" * 16, tmp_path)
    lectern.show(Shown(3, False, "ada"))
    assert not lectern.show(Shown(4, False, "bob"))
    assert lectern.now().owner == "ada"
    past = time.time() - ALIVE - 1
    (file,) = tmp_path.iterdir()
    os.utime(file, (past, past))
    assert lectern.now() is None, "its page is gone"
    assert lectern.show(Shown(4, False, "bob"))
