"""Calls that break a promise of the design."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from registry import Problem, matches, rule
from tree import Tree

@dataclasses.dataclass(frozen=True)
class Ban:
    pattern: re.Pattern
    instead: str
    # Path prefixes, or names of files, where it is allowed.
    allowed: tuple[str, ...] = ()


BANS = (
    Ban(re.compile(r"\bsleep_for\b|\bsleep_until\b|\b(?:u|nano)?sleep\s*\("),
        "wait on a CondVar, or take a clock: a sleep is either too long or too short", ("common/", "tests/")),
    Ban(re.compile(r"\b(?:system|steady|high_resolution)_clock::now\b"),
        "take a locus::Clock in the constructor", ("common/clock.h", "common/mutex.h", "tests/")),
    Ban(re.compile(r"\b(?:secure_)?getenv\s*\("), "read the environment in main.cc and hand the value in",
        ("main.cc", "tests/")),
    Ban(re.compile(r"\bs?rand\s*\(|\brandom_device\b"), "take a seed, and use std::mt19937_64",
        ("main.cc", "tests/")),
    Ban(re.compile(r"\babsl::(?:Mutex|MutexLock|CondVar)\b"),
        "use common/mutex.h: ThreadSanitizer does not see into Debian's absl::Mutex"),
    Ban(re.compile(r"\babsl::string_view\b|\babsl::optional\b"),
        "use the std type in own interfaces; ToAbsl and MessageOf convert", ("common/status.h",)),
    Ban(re.compile(r"\bstd::cout\b|\bprintf\s*\("), "log with common/log.h; only programs for people print",
        ("locusctl/main.cc", "common/daemon_command_line.cc", "tests/")),
    Ban(re.compile(r"\bstd::cerr\b"), "log with common/log.h",
        ("locusctl/main.cc", "common/daemon_command_line.cc", "main.cc", "tests/")),
    Ban(re.compile(r"\busing\s+namespace\s+std\s*;"), "name what you use"),
    Ban(re.compile(r"\b(?:strcpy|strcat|sprintf|gets|strtok|atoi|atol|atof)\s*\("),
        "use std::string, snprintf or from_chars: this one knows no bound or no error", ("tests/",)),
    Ban(re.compile(r"\bstd::regex\b|<regex>"), "write the few lines of parsing: std::regex is slow and recurses",
        ("tests/",)),
    Ban(re.compile(r"\bsystem\s*\(|\bpopen\s*\("), "start no shells", ("tests/",)),
    Ban(re.compile(r"\bassert\s*\("), "return a status, or make the state impossible: release builds drop it"),
)


@rule
def banned_calls(tree: Tree) -> Iterator[Problem]:
    """Calls that break a promise of the design, each with what to do instead."""
    for file in tree.cpp():
        name = file.path.rpartition("/")[2]
        for ban in BANS:
            if name not in ban.allowed and not file.path.startswith(ban.allowed or ("-",)):
                yield from matches(file, ban.pattern, ban.instead)
