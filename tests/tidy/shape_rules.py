"""Size and shape of files and functions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpp_text import code_only, comment_lines, functions
from registry import Problem, advice, rule
from tree import Tree

MAX_FILE_LINES = 500
MAX_MAIN_LINES = 120
MAX_FUNCTION_LINES = 70
MAX_COLUMNS = 120
MAX_BYTES = 512 << 10
CODE = (".cc", ".h", ".proto", ".py", ".bzl", ".sh", ".bazel", ".go")


@rule
def files_are_small(tree: Tree) -> Iterator[Problem]:
    """One subject a file; main composes and nothing else."""
    for file in tree.files:
        if len(file.content) > MAX_BYTES:
            yield Problem(file.path, 1, f"{len(file.content)} bytes: nothing above {MAX_BYTES} belongs in here")
        if not file.path.endswith(CODE):
            continue
        main = file.path.endswith("/main.cc")
        limit = MAX_MAIN_LINES if main else MAX_FILE_LINES
        if len(file.lines) > limit:
            advice = "move what is no composition into rooms" if main else "divide it by subject"
            yield Problem(file.path, 1, f"{len(file.lines)} lines, allowed are {limit}: {advice}")


@rule
def lines_are_short(tree: Tree) -> Iterator[Problem]:
    """Two files side by side on one screen."""
    for file in tree.files:
        if not file.path.endswith(CODE):
            continue
        # The samples of tests stand as they are: breaking a literal would change it.
        sample = file.top == "tests" and file.is_cpp
        code = code_only(file.text).split("\n") if sample else []
        for number, line in enumerate(file.lines, 1):
            literal = sample and len(" ".join(code[number - 1].split())) <= MAX_COLUMNS - 20
            if len(line) > MAX_COLUMNS and not literal and not re.search(r"https?://\S{60,}", line):
                yield Problem(file.path, number, f"{len(line)} columns, allowed are {MAX_COLUMNS}: break the line")


@rule
def functions_are_short(tree: Tree) -> Iterator[Problem]:
    """A function fits on a screen."""
    for file in tree.cpp():
        for function in functions(file.text):
            if function.length > MAX_FUNCTION_LINES:
                yield Problem(file.path, function.line,
                              f"a function of {function.length} lines, allowed are {MAX_FUNCTION_LINES}: "
                              f"move steps out of `{function.head}`")


@rule
def headers_have_a_guard(tree: Tree) -> Iterator[Problem]:
    for file in tree.files:
        if file.path.endswith(".h") and "#pragma once" not in file.text:
            yield Problem(file.path, 1, "write #pragma once below the first comment")


@rule
def headers_begin_with_their_subject(tree: Tree) -> Iterator[Problem]:
    """The first line of a header says what it is for."""
    for file in tree.files:
        if file.path.endswith(".h") and not file.text.startswith("//"):
            yield Problem(file.path, 1, "begin with a comment that says what the header is for")


@advice
def headers_carry_the_contract(tree: Tree) -> Iterator[Problem]:
    """Headers of codebases that read well are a third comment. A warning: short ones may need less."""
    for file in tree.files:
        if not file.path.endswith(".h") or file.top == "tests":
            continue
        filled = sum(1 for line in file.lines if line.strip())
        share = comment_lines(file.text) / max(1, filled)
        if filled > 40 and share < 0.15:
            yield Problem(file.path, 1, f"{share:.0%} comment: say ownership, threads, units and errors")


@rule
def scripts_are_executable(tree: Tree) -> Iterator[Problem]:
    for file in tree.files:
        script = file.content.startswith(b"#!")
        if script and not file.executable:
            yield Problem(file.path, 1, "begins with #! and cannot be executed: chmod +x")
        if file.executable and not script and file.is_text and not file.link:
            yield Problem(file.path, 1, "is executable and no script: chmod -x, or begin with #!")


@rule
def files_end_well(tree: Tree) -> Iterator[Problem]:
    """UTF-8, line feeds, a newline at the end, no blanks at the ends of lines, no tabs outside Go and recipes."""
    for file in tree.files:
        if not file.is_text or file.link or not file.content:
            continue
        try:
            file.content.decode("utf-8")
        except UnicodeDecodeError as error:
            yield Problem(file.path, 1, f"is no UTF-8: {error.reason} at byte {error.start}")
            continue
        if not file.text.endswith("\n") or file.text.endswith("\n\n"):
            yield Problem(file.path, len(file.lines), "end with exactly one newline")
        for number, line in enumerate(file.text.split("\n"), 1):
            if line.rstrip() != line and not file.path.endswith(".md"):
                yield Problem(file.path, number, "blanks at the end of the line")
            if line.startswith("\t") and file.is_cpp:
                yield Problem(file.path, number, "a tab: run tools/dev fix")
