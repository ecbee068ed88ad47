"""A reading of C++ good enough for rules: comments, literals, includes, blocks. Not a parser."""

from __future__ import annotations

import dataclasses
import re

_TOKEN = re.compile(
    r"""//[^\n]*
      | /\*.*?\*/
      | R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"
      | "(?:\\.|[^"\\\n])*"
      | (?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE)

_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


def code_only(text: str) -> str:
    """The text with comments and the inside of literals blanked; every line and column keeps its place."""

    def blank(match: re.Match) -> str:
        token = match.group(0)
        # `#include "x"` looks like a literal, and rules read it: see includes(), which takes the raw text.
        quote = token[0] if token[0] in "\"'" else ""
        inner = re.sub(r"[^\n]", " ", token)
        return quote + inner[1:-1] + quote if quote else inner

    return _TOKEN.sub(blank, text)


def comment_lines(text: str) -> int:
    """How many lines hold a comment."""
    lines = set()
    for match in _TOKEN.finditer(text):
        if match.group(0).startswith(("//", "/*")):
            first = text.count("\n", 0, match.start())
            lines.update(range(first, first + match.group(0).count("\n") + 1))
    return len(lines)


@dataclasses.dataclass(frozen=True)
class Include:
    line: int
    path: str
    system: bool


def includes(text: str) -> list[Include]:
    return [
        Include(text.count("\n", 0, m.start(1)) + 1, m.group(2), m.group(1) == "<")
        for m in _INCLUDE.finditer(text)
    ]


@dataclasses.dataclass(frozen=True)
class Function:
    line: int
    length: int
    head: str


_SCOPE = re.compile(r"\b(namespace|class|struct|union|enum)\b|extern\s*\"")


_LABEL = re.compile(r"\A\s*(?:public|protected|private)\s*:")
_ATTRIBUTE = re.compile(r"\b(?:alignas|LOCUS_TSA|__attribute__)\s*\(+[^)]*\)+")


def _kind(head: str) -> str:
    if head.rstrip().endswith(("=", "return")):
        return "table"
    # A class is told from a function that returns one by the parentheses of the parameters.
    return "scope" if _SCOPE.search(head) and "(" not in _ATTRIBUTE.sub("", head) else "function"


def functions(text: str) -> list[Function]:
    """Blocks that stand directly in a namespace or class and are none of them, with their length from head to brace."""
    directive = r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*"
    code = re.sub(directive, lambda m: re.sub(r"[^\n]", " ", m.group(0)), code_only(text), flags=re.MULTILINE)
    found = []
    blocks: list[tuple[str, int]] = []  # kind, where its head starts
    start = 0
    parentheses = 0
    for at, char in enumerate(code):
        inside = bool(blocks) and blocks[-1][0] != "scope"
        if char in "()":
            parentheses += 1 if char == "(" else -1
        elif char == "{":
            # Within a function, and between the parentheses of its head, blocks are its own.
            kind = "inner" if inside or parentheses else _kind(code[start:at])
            blocks.append((kind, start))
            start = at + 1 if kind == "scope" else start
        elif char == "}" and blocks:
            kind, head_start = blocks.pop()
            if kind == "function":
                head = _LABEL.sub("", code[head_start:at])
                first = at - len(head.lstrip())
                line = code.count("\n", 0, first) + 1
                found.append(Function(line, code.count("\n", first, at) + 1, head.strip().split("\n")[0][:80]))
            if kind != "inner":
                start = at + 1
        elif char == ";" and not inside and not parentheses:
            start = at + 1
    return found
