"""docs/metrics.md as data: what each process is said to expose."""

import re
from dataclasses import dataclass

TYPES = ("counter", "gauge", "histogram")
# Of a histogram, besides its own name, what Prometheus keeps.
HISTOGRAM_SUFFIXES = ("_bucket", "_sum", "_count")
_ROW = re.compile(r"^\| `(?P<name>[a-z][a-z0-9_]*)` \|(?P<rest>.*)\|\s*$")
_LABEL = re.compile(r"`(?P<name>\w+)`(?: \((?P<values>[^)]*)\))?")
_VALUE = re.compile(r"\w+")


class TableError(ValueError):
    """A row that cannot be understood; the text names its line."""


@dataclass(frozen=True)
class Documented:
    """One metric. `labels`: name -> the values that it takes; None where the page says so in words."""

    name: str
    kind: str
    labels: dict[str, frozenset[str] | None]
    unit: str
    says: str
    line: int

    def series(self) -> tuple[str, ...]:
        """The names under which Prometheus keeps it."""
        if self.kind != "histogram":
            return (self.name,)
        return tuple(self.name + suffix for suffix in HISTOGRAM_SUFFIXES)


def parse(text: str) -> dict[str, Documented]:
    """By name. Raises TableError for a row that lacks something, and for a name that stands there twice."""
    found: dict[str, Documented] = {}
    for number, line in enumerate(text.splitlines(), 1):
        row = _ROW.match(line)
        if row is None:
            continue
        cells = [cell.strip() for cell in row["rest"].split("|")]
        if len(cells) != 5 or cells[0] not in TYPES or not cells[2] or not cells[3]:
            raise TableError(f"line {number}: wants name, type, labels, unit, meaning, and when to look at it")
        if row["name"] in found:
            raise TableError(f"line {number}: {row['name']} stands here twice")
        labels = {label["name"]: _values(label["values"]) for label in _LABEL.finditer(cells[1])}
        found[row["name"]] = Documented(row["name"], cells[0], labels, cells[2], cells[3], number)
    return found


def _values(text: str | None) -> frozenset[str] | None:
    """None for words that are no list of values."""
    values = [value.strip() for value in (text or "").split(",")]
    # One word alone, or several with spaces in them, describe the values and do not list them.
    if len(values) < 2 or not all(_VALUE.fullmatch(value) for value in values):
        return None
    return frozenset(values)
