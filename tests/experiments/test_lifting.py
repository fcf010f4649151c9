import pytest

from core.experiments.lifting import import_block, joined, lift, only_row, without_branches


def test_a_function_comes_with_all_that_it_stands_on_in_order():
    imports, texts = lift({"all": ["core.learning.rates:one_cycle"]})
    assert imports == ["import math"]
    names = {}
    exec("\n".join([*imports, *texts["all"]]), names)
    assert names["one_cycle"](0.15) == pytest.approx(1)
    assert set(names) == {"__builtins__", "math", "WARM_UP", "cosine", "one_cycle"}


def test_what_another_module_of_the_house_defines_is_lifted_too_under_its_own_name():
    _, texts = lift({"all": ["core.learning.fit:batches"]})
    text = "\n".join(texts["all"])
    assert "def draws(" in text
    assert "augmentation." not in text
    assert "core" not in text


def test_what_the_script_has_is_not_lifted_and_nothing_is_lifted_twice():
    _, texts = lift(
        {"one": ["core.learning.rates:cosine"], "two": ["core.learning.rates:one_cycle"]}, given={"WARM_UP"}
    )
    assert len(texts["one"]) == len(texts["two"]) == 1
    assert "def one_cycle" in texts["two"][0]


def test_one_row_of_a_table_is_left():
    text = only_row('TABLE = {\n    "a": f(1),\n    "b": f(\n        2),\n}', "b")
    assert eval(text.partition("= ")[2], {"f": lambda x: x}) == {"b": 2}


BRANCHES = """def f(x):
    if isinstance(x, int):
        return 1
    elif isinstance(x, a.str | bytes):
        return 2
    elif isinstance(x, list):
        return 3
    else:
        return 4"""


@pytest.mark.parametrize(
    ("classes", "left"),
    [({"str"}, {1, 2}), ({"list", "else"}, {1, 3, 4}), (set(), {1}), ({"bytes", "list"}, {1, 2, 3})],
)
def test_branches_for_other_classes_are_left_out(classes, left):
    text = without_branches(BRANCHES, classes)
    compile(text, "text", "exec")
    assert {k for k in range(1, 5) if f"return {k}" in text} == left


def test_constants_come_first_unless_they_need_a_function():
    assert joined(["def f():\n    return 1", "A = 2", "B = f()", "C = A"]) == (
        "A = 2\n\n\ndef f():\n    return 1\n\n\nB = f()\n\n\nC = A"
    )


def test_imports_are_one_line_a_module_with_those_of_python_first():
    block = import_block(["import torch", "from torch import nn", "from torch import Tensor, nn", "import math"])
    assert block == "import math\n\nimport torch\nfrom torch import Tensor, nn"
