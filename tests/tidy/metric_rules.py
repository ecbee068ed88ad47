"""docs/metrics.md names each metric that the sources register, and who speaks of a metric speaks of one that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from locus_e2e import metric_table
from registry import Problem, rule
from tree import File, Tree

PAGE = "docs/metrics.md"
# Names are written in full where they are registered, so that a search for one finds its place.
_REGISTERED = re.compile(r'"((?:locus|process)_[a-z0-9_]*[a-z0-9])"')
_PIECES = re.compile(r'"(locus_(?:extender|meta|worker|http)_(?:[a-z0-9_]*_)?)"')
# Names of recording rules have colons around what they are made of.
_SPOKEN_OF = re.compile(r"(?<![\w:])locus_(?:extender|meta|worker|http)_[a-z0-9_]*[a-z0-9]\b(?![*_:])")
# Who speaks of metrics to people or to Prometheus.
_SPEAKERS = ("docs/", "README.md", "manifests/")


def _documented(tree: Tree) -> tuple[dict[str, metric_table.Documented], str]:
    page = tree.by_path.get(PAGE)
    if page is None:
        return {}, "is not there"
    try:
        return metric_table.parse(page.text), ""
    except metric_table.TableError as error:
        return {}, str(error)


def _sources(tree: Tree) -> list[File]:
    return [file for file in tree.cpp() if not file.path.startswith(("tests/", "locusctl/"))]


def _lines(file: File, pattern: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(file.lines, 1):
        for match in pattern.finditer(line):
            yield number, match.group(1) if pattern.groups else match.group(0)


@rule
def metrics_are_documented(tree: Tree) -> Iterator[Problem]:
    """Both ways: nothing undocumented, nothing documented that is not registered."""
    sources = _sources(tree)
    if not sources:
        return
    documented, problem = _documented(tree)
    if problem:
        yield Problem(PAGE, 1, problem)
        return
    registered: dict[str, tuple[str, int]] = {}
    for file in sources:
        for number, name in _lines(file, _REGISTERED):
            registered.setdefault(name, (file.path, number))
    for name, (path, number) in registered.items():
        if name not in documented:
            yield Problem(path, number, f"{name} is not in {PAGE}: add a row, with when to look at it")
    for name, row in documented.items():
        if name not in registered:
            yield Problem(PAGE, row.line, f"no source registers {name}: remove the row, or correct its name")


@rule
def metric_names_are_written_in_full(tree: Tree) -> Iterator[Problem]:
    """Not put together from pieces: nobody finds such a name, nor do these rules."""
    for file in _sources(tree):
        for number, piece in _lines(file, _PIECES):
            yield Problem(file.path, number, f'"{piece}" is a piece of a metric\'s name: write each name in full')


@rule
def metrics_spoken_of_exist(tree: Tree) -> Iterator[Problem]:
    """In documents, rules, alerts and dashboards."""
    speakers = [file for file in tree.files if file.path.startswith(_SPEAKERS) and file.is_text]
    documented, problem = _documented(tree)
    if problem or not documented:
        return  # metrics_are_documented tells
    known = {name for row in documented.values() for name in (row.name, *row.series())}
    for file in speakers:
        for number, name in _lines(file, _SPOKEN_OF):
            if name not in known:
                yield Problem(file.path, number, f"{name} is no metric: {PAGE} has all of them")
