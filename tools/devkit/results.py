"""Test results: what a tier says, and how they add up."""

import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tier:
    """Counts of one tier. `failures` and `skips` are one line each, for a person."""

    name: str
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)

    def add(self, other: "Tier") -> None:
        """Adds the counts of `other`."""
        self.passed += other.passed
        self.failures += other.failures
        self.skips += other.skips

    def skips_fail(self) -> None:
        """Makes each skip a failure."""
        self.failures += [f"skipped: {skip}" for skip in self.skips]
        self.skips = []

    def line(self) -> str:
        """One line about this tier; a skipped one comes with its reasons."""
        text = f"{self.name:<12} {counts(self.passed, len(self.failures), len(self.skips))}"
        return "\n".join([text, *(f"{'':<12}   skipped: {skip}" for skip in self.skips)])


def counts(passed: int, failed: int, skipped: int) -> str:
    """The closing line's form."""
    return f"{passed} passed, {failed} failed, {skipped} skipped"


def closing(tiers: list[Tier]) -> str:
    """The line that sums all tiers."""
    return counts(
        sum(tier.passed for tier in tiers),
        sum(len(tier.failures) for tier in tiers),
        sum(len(tier.skips) for tier in tiers),
    )


def read_junit(report: Path, tier: str) -> Tier:
    """Counts the test cases of a JUnit report. A report that cannot be read is one failure."""
    found = Tier(tier)
    try:
        cases = list(xml.parse(report).iter("testcase"))
    except (OSError, xml.ParseError) as problem:
        found.failures.append(f"{report}: no readable report ({problem})")
        return found
    for case in cases:
        name = "::".join(part for part in (case.get("classname"), case.get("name")) if part)
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            found.failures.append(name)
        elif skipped is not None:
            found.skips.append(f"{name}: {skipped.get('message', 'no reason given')}")
        else:
            found.passed += 1
    return found
