import csv
import io

from core.runs.table import as_csv


def test_rows_of_different_columns_make_one_table():
    text = as_csv([{"a": 1, "b": 'x, "y"'}, {"b": "z", "c": 0.5}])
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"a": "1", "b": 'x, "y"', "c": ""},
        {"a": "", "b": "z", "c": "0.5"},
    ]
