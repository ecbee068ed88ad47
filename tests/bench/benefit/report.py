"""What was measured, as tables."""

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Sample:
    """One scan."""

    data: str
    setup: str
    rate: str
    condition: str
    seconds: float
    # Over uplinks; absent while somebody else used them too.
    crossed_bytes: int | None
    # That executors received from workers of other nodes.
    others_bytes: int
    localities: dict[str, int]
    # Executor's node -> tasks.
    tasks_by_node: dict[str, int]
    cpu_busy: float
    cpu_seconds: float

    def json(self) -> dict[str, object]:
        """For a machine."""
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """All scans of one set-up under the same conditions."""

    samples: Sequence[Sample]

    @property
    def seconds(self) -> float:
        """Median."""
        return statistics.median(sample.seconds for sample in self.samples)

    def cells(self, base: "Row | None") -> list[str]:
        """Of a table."""
        localities: Counter[str] = Counter()
        for sample in self.samples:
            localities.update(sample.localities)
        crossed = [sample.crossed_bytes / 1e6 for sample in self.samples if sample.crossed_bytes is not None]
        others = [sample.others_bytes / 1e6 for sample in self.samples]
        return [
            " ".join(f"{sample.seconds:.1f}" for sample in self.samples),
            f"{base.seconds / self.seconds:.1f}" if base else "",
            _span(others),
            _span(crossed) if crossed else "",
            ", ".join(f"{level} {count}" for level, count in sorted(localities.items())),
            f"{statistics.mean(sample.cpu_busy for sample in self.samples):.2f}",
        ]


HEAD = ["set-up", "seconds of each scan", "stock / this", "MB from other nodes", "MB over uplinks", "tasks", "CPU busy"]


def table(samples: Iterable[Sample], order: Sequence[str], base: str) -> str:
    """One table in Markdown; `order`: the set-ups, `base`: the one that others are compared with."""
    by_setup: dict[str, list[Sample]] = {}
    for sample in samples:
        by_setup.setdefault(sample.setup, []).append(sample)
    rows = {name: Row(by_setup[name]) for name in order if name in by_setup}
    lines = [_line(HEAD), _line(["---"] * len(HEAD))]
    lines += [_line([name, *row.cells(rows.get(base))]) for name, row in rows.items()]
    return "\n".join(lines)


def overview(samples: Sequence[Sample], order: Sequence[str], rates: Sequence[str], base: str) -> str:
    """Median seconds, and in brackets how many times as long the base takes; a column a rate."""
    found: dict[tuple[str, str], Row] = {}
    for name in order:
        for rate in rates:
            mine = [one for one in samples if (one.setup, one.rate) == (name, rate)]
            if mine:
                found[name, rate] = Row(mine)
    lines = [_line(["set-up", *rates]), _line(["---"] * (len(rates) + 1))]
    for name in order:
        cells = []
        for rate in rates:
            row, stock = found.get((name, rate)), found.get((base, rate))
            times = "" if row is None or stock is None or name == base else f" ({stock.seconds / row.seconds:.1f}x)"
            cells.append("" if row is None else f"{row.seconds:.1f}{times}")
        if any(cells):
            lines.append(_line([name, *cells]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _span(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
