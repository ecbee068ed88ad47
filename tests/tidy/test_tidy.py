"""The rules hold in this repository. Run: pytest tests/tidy"""

from __future__ import annotations

import pathlib
import warnings

import pytest

import rules
from tree import Tree, read_tree

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tree() -> Tree:
    return read_tree(ROOT)


def test_the_tree_is_read(tree: Tree) -> None:
    """An empty tree would keep every rule."""
    assert "WORKSPACE" in tree.by_path
    assert len(tree.cpp()) > 20


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda r: r.__name__)
def test_rule_holds(rule: rules.Rule, tree: Tree) -> None:
    problems = [str(problem) for problem in rule(tree)]
    if problems:
        pytest.fail(f"{len(problems)} problems\n" + "\n".join(problems), pytrace=False)


@pytest.mark.parametrize("rule", rules.WARNINGS, ids=lambda r: r.__name__)
def test_advice(rule: rules.Rule, tree: Tree) -> None:
    for problem in rule(tree):
        warnings.warn(str(problem), stacklevel=1)
