"""Words and links in every text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from registry import Problem, rule
from tree import Tree

# Written in pieces, so that this file does not break its own rule.
_LATER = "|".join(("TO" "DO", "FIX" "ME", "X" "XX", "HA" "CK", "W" "IP"))
LATER = re.compile(rf"\b(?:{_LATER})\b")
_FOLDERS = "|".join(("wo" "rk", "ro" "ot", "fa" "rm", "ho" "me/[a-z]+", "Us" "ers"))
MACHINE = re.compile(rf"(?<![\w./~$}}*-])/(?:{_FOLDERS})/")
_HOSTS = ("pro" "xy.golang.org", "sum" ".golang.org", "py" "pi.org", "files.python" "hosted.org", "re" "po1.maven.org",
          "repo.maven" ".apache.org", "registry." "npmjs.org", "reg" "istry.k8s.io", "gh" "cr.io", "qu" "ay.io",
          "dock" "er.io", "gc" "r.io", "deb.deb" "ian.org")
# kube-scheduler's image has no other name: what manifests run is no part of what we build from.
REGISTRIES = re.compile(
    "|".join(rf"(?<![\w.-]){re.escape(host)}\b(?!/kube-scheduler\b)" for host in _HOSTS))
TRACES = re.compile("|".join((r"\.\./sha" "red", r"\bis" r"sue #?\d+", r"\b(?:Cla" "ude|Chat" r"GPT|Copi" r"lot)\b")))

WORDS = (
    (LATER, "finish it, or say in docs what is missing", ()),
    (MACHINE, "a path of one machine: use a relative one, TEST_TMPDIR, or an option", ()),
    (REGISTRIES, "an address of a registry: let its client's own configuration name it", ("docs/dependencies.md",)),
    (TRACES, "how the text came to be is no part of it", ()),
)


@rule
def words_that_must_not_stay(tree: Tree) -> Iterator[Problem]:
    """Loose ends, paths of one machine, addresses of registries, traces of the making."""
    for file in tree.files:
        if not file.is_text or file.path.endswith((".lock", ".sum")):
            continue
        for pattern, instead, allowed in WORDS:
            if file.path.startswith(allowed or ("-",)):
                continue
            for number, line in enumerate(file.lines, 1):
                match = pattern.search(line)
                if match:
                    yield Problem(file.path, number, f"'{match.group(0)}': {instead}")

_LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)


_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.DOTALL | re.MULTILINE)


def _without_code(text: str) -> str:
    text = _FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
    return re.sub(r"`[^`\n]*`", lambda m: " " * len(m.group(0)), text)


def _anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to headings."""
    found: set[str] = set()
    for match in re.finditer(r"^#{1,6}\s+(.+?)\s*#*$", _FENCE.sub("", text), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(1)).replace("`", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number, unique = 1, anchor
        while unique in found:
            unique, number = f"{anchor}-{number}", number + 1
        found.add(unique)
    return found


@rule
def links_lead_somewhere(tree: Tree) -> Iterator[Problem]:
    """Relative links of Markdown files name a file or folder of the repository, and a heading that is there."""
    for file in tree.files:
        if not file.path.endswith(".md"):
            continue
        text = _without_code(file.text)
        for match in _LINK.finditer(text):
            target = match.group(1) or match.group(2)
            line = text.count("\n", 0, match.start()) + 1
            if re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
                continue
            path, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(file.folder, path)) if path else file.path
            full = path.lstrip("/") if path.startswith("/") else full
            if full not in tree.by_path and full.rstrip("/") not in tree.folders and full != ".":
                yield Problem(file.path, line, f"the link {target} leads nowhere: correct or remove it")
            elif anchor and full in tree.by_path and full.endswith(".md"):
                if anchor.lower() not in _anchors(tree.by_path[full].text):
                    yield Problem(file.path, line, f"{full} has no heading for #{anchor}")


_QUOTED_LINE = re.compile(r"\b[Ll]og(?: of [a-z -]+)?: `([^`]+)`")
_ADJACENT = re.compile(r'"\s*\n\s*"')


@rule
def quoted_log_lines_are_written(tree: Tree) -> Iterator[Problem]:
    """Who searches a log for what a document quotes finds it."""
    sources = [file for file in tree.cpp() if not file.path.startswith("tests/")]
    if not sources:
        return
    written = "\n".join(_ADJACENT.sub("", file.text) for file in sources)
    for file in tree.files:
        if not file.path.endswith(".md"):
            continue
        for number, line in enumerate(file.lines, 1):
            for quoted in _QUOTED_LINE.findall(line):
                if f'"{quoted}' not in written:
                    yield Problem(file.path, number, f"no source logs '{quoted}': quote its beginning as it is written")
