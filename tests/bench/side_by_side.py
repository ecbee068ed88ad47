"""Two servers under the same load in turns: what they send, and what that costs each."""

import os
import pathlib
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MIB = 1 << 20
GIB = 1 << 30
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Figure:
    """Of one measurement: bytes a second, CPU seconds of the server for a GiB, bytes that it has resident after it."""

    rate: float
    cpu_per_gib: float
    resident: int


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, with all threads that it ever had."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def anonymous_bytes(pid: int) -> int:
    """What a process has resident of its own: pages of files, as those of the cache that it serves, are none."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def in_turns(rounds: int, sides: Mapping[str, Callable[[], Figure]]) -> dict[str, dict[str, float]]:
    """Measures all sides in each round, in the other order each time. The medians; of what is resident, the most."""
    figures: dict[str, list[Figure]] = {name: [] for name in sides}
    for turn in range(rounds):
        for name in list(sides) if turn % 2 == 0 else reversed(sides):
            figures[name].append(sides[name]())
    return {
        name: {
            "rate": statistics.median(one.rate for one in several),
            "cpu_per_gib": statistics.median(one.cpu_per_gib for one in several),
            "resident": max(one.resident for one in several),
        }
        for name, several in figures.items()
    }


def cells(side: Mapping[str, float]) -> str:
    """Of a table: MiB/s, CPU seconds for a GiB, MiB resident."""
    return f"{side['rate'] / MIB:>8.0f} {side['cpu_per_gib']:>7.3f} {side['resident'] / MIB:>7.0f}"
