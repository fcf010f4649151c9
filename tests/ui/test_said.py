"""Names that look like markup are shown as they were typed."""

import pytest

from core.ui.said import verbatim


@pytest.mark.parametrize(
    ("typed", "escaped"),
    [
        ("labels_per_class=3 cannot be used: at least 2.", "labels_per_class=3 cannot be used: at least 2."),
        ("run `transferlab record` first", "run `transferlab record` first"),
        ("*cat*", r"\*cat\*"),
        ("_dog_", r"\_dog\_"),
        ("~~cow~~", r"\~~cow\~~"),
        (":red[fox]", r"\:red\[fox\]"),
        ("a :material/pets: b", r"a \:material/pets: b"),
        ("$x$ [a](b)", r"\$x\$ \[a\](b)"),
        ("<b>", r"\<b>"),
        (r"C:\cats", r"C:\\cats"),
    ],
)
def test_what_could_be_markup_is_escaped_and_nothing_else(typed, escaped):
    assert verbatim(typed) == escaped
