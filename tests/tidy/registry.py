"""The list of rules, which each module of rules adds to."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator

from cpp_text import code_only
from tree import File, Tree


@dataclasses.dataclass(frozen=True)
class Problem:
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


Rule = Callable[[Tree], Iterator[Problem]]
# A problem of these fails the test; of those it is told.
RULES: list[Rule] = []
WARNINGS: list[Rule] = []


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


def advice(check: Rule) -> Rule:
    WARNINGS.append(check)
    return check


def matches(file: File, pattern: re.Pattern, text: str) -> Iterator[Problem]:
    """The first match in each line of C++, outside of comments and literals."""
    for number, line in enumerate(code_only(file.text).split("\n"), 1):
        match = pattern.search(line)
        if match:
            yield Problem(file.path, number, f"{match.group(0).strip()}: {text}")
