"""The table of faults says what the tests then look for: rows that say less are refused."""

import time

import pytest
from locus_e2e import fault_table
from locus_e2e.fault_table import Sign, TableError

_HEAD = "# Page\n\n## Shown on a whole cluster\n\n| fault | what one sees | metric | log line |\n|---|---|---|---|\n"
_ROW = "| a fault | nothing | locus-meta: `locus_meta_stale` is 1 | locus-extender, log: `it is so` |\n"


def test_a_row_is_read() -> None:
    """Who, what and how."""
    fault = fault_table.parse(f"{_HEAD}{_ROW}\n## Another\n| x |\n")["a fault"]
    assert fault.metric == Sign("locus-meta", "locus_meta_stale", "is", 1)
    assert fault.log == ("locus-extender", "it is so")


@pytest.mark.parametrize("text", [
    "# Page\n", _HEAD + _ROW * 2, _HEAD + _ROW.replace("is 1", "is"), _HEAD + _ROW.replace("is 1", "grows 1"),
    _HEAD + _ROW.replace(", log: `it is so`", ", none"), _HEAD + _ROW.replace("`locus_meta_stale`", "it"),
])  # fmt: skip
def test_rows_that_say_less_are_refused(text: str) -> None:
    """Or the same twice."""
    with pytest.raises(TableError):
        fault_table.parse(text)


@pytest.mark.parametrize(("how", "value", "before", "now", "shows"), [
    ("grows", 0, 3, [1, 2], False), ("grows", 0, 3, [2, 2], True), ("is", 1, 0, [0, 1], True),
    ("is", 1, 0, [1, 1], False), ("above", 5, 0, [3, 3], False), ("above", 5, 0, [1, 6], True),
    ("beyond", 5, 0, [5, -5], False), ("beyond", 5, 0, [1, 6], True), ("beyond", 5, 0, [1, -6], True),
    ("has passed", 0, 0, [time.time() + 600], False), ("has passed", 0, 0, [0], False),
    ("has passed", 0, 0, [time.time() + 600, time.time() - 1], True),
])  # fmt: skip
def test_a_metric_shows_what_the_row_says(how: str, value: float, before: float, now: list[float], shows: bool) -> None:
    """Of the sum, or of one of them."""
    assert Sign("locus-meta", "x", how, value).shows(before, now) == shows
