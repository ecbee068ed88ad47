"""Prometheus' text format as data: what a process exposes at /metrics."""

import re
from dataclasses import dataclass, field

from locus_e2e.metric_table import HISTOGRAM_SUFFIXES

_SAMPLE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)",?')


@dataclass
class Family:
    """One metric: its type, and the values that each of its labels has. `le` of histograms is left out."""

    kind: str
    labels: dict[str, set[str]] = field(default_factory=dict)
    samples: int = 0


def families(text: str) -> dict[str, Family]:
    """By name. A sample without a type before it is an error, and so is a line that is none."""
    found: dict[str, Family] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            found[name] = Family(kind)
        elif line and not line.startswith("#"):
            sample = _SAMPLE.match(line)
            assert sample, f"no sample: {line!r}"
            family = _family_of(sample["name"], found)
            family.samples += 1
            for label, value in _LABEL.findall(sample["labels"] or ""):
                if not (label == "le" and family.kind == "histogram"):
                    family.labels.setdefault(label, set()).add(value)
    return found


def _family_of(name: str, known: dict[str, Family]) -> Family:
    if name in known:
        return known[name]
    for suffix in HISTOGRAM_SUFFIXES:
        base = name.removesuffix(suffix)
        if base != name and base in known and known[base].kind == "histogram":
            return known[base]
    raise AssertionError(f"{name} has no type before it")
