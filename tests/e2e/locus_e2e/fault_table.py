"""docs/failures.md as data: by which metric and which log line a whole cluster tells of each fault."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from locus_e2e import settings

_PAGE = settings.ROOT / "docs" / "failures.md"
_SECTION = "## Shown on a whole cluster"
_METRIC = re.compile(
    r"(?P<part>locus-[a-z]+): `(?P<series>[^`]+)` (?P<how>grows|is|above|beyond|has passed)(?: (?P<value>-?\d+))?"
)
# What takes no number.
_ALONE = ("grows", "has passed")
_LOG = re.compile(r"(?P<part>[a-z-]+), log: `(?P<line>[^`]+)`")


class TableError(ValueError):
    """A row that cannot be understood; the text quotes it."""


@dataclass(frozen=True)
class Sign:
    """A series of a program and what becomes of it. `series`: with the labels that count, or with none: the sum."""

    part: str
    series: str
    # grows, is, above; beyond: so much above or below 0; has passed: of a time in seconds since 1970.
    how: str
    value: float

    def shows(self, before: float, now: Sequence[float]) -> bool:
        """Whether that has happened. `before`: the sum over all processes of the program; `now`: of each."""
        if self.how == "above":
            return any(value > self.value for value in now)
        if self.how == "beyond":
            return any(abs(value) > self.value for value in now)
        if self.how == "has passed":
            return any(0 < value < time.time() for value in now)
        return sum(now) > before if self.how == "grows" else sum(now) == self.value


@dataclass(frozen=True)
class Fault:
    """One row."""

    name: str
    metric: Sign
    # Program and text of the log line.
    log: tuple[str, str]


def parse(text: str) -> dict[str, Fault]:
    """By name. Raises TableError."""
    _, found, section = text.partition(f"\n{_SECTION}\n")
    if not found:
        raise TableError(f"no section {_SECTION!r}")
    rows = [line for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    faults = {}
    for row in rows[2:]:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        metric, log = (_METRIC.fullmatch(cells[2]), _LOG.fullmatch(cells[3])) if len(cells) == 4 else (None, None)
        if metric is None or log is None or cells[0] in faults:
            raise TableError(f"wants fault, what one sees, metric and log line, each once: {row}")
        if (metric["how"] in _ALONE) == bool(metric["value"]):
            raise TableError(f"wants a number behind `is`, `above` and `beyond` alone: {row}")
        sign = Sign(metric["part"], metric["series"], metric["how"], float(metric["value"] or 0))
        faults[cells[0]] = Fault(cells[0], sign, (log["part"], log["line"]))
    return faults


def read() -> dict[str, Fault]:
    """The page's own."""
    return parse(_PAGE.read_text())
