"""Covered bytes and the best of all placements, against figures worked out by hand and by trying everything."""

import itertools
import random

import pytest
from locus_e2e import covering


def _of(**sizes: int) -> dict[frozenset[str], int]:
    """`a_b=5`: five bytes that lie on a and on b."""
    return {frozenset(nodes.split("_")): size for nodes, size in sizes.items()}


def test_an_executor_reads_no_more_than_its_share_and_no_byte_twice() -> None:
    """Two on a of 60 with a share of 25: 50; one on b of 10: 10."""
    copies = _of(a=60, b=10)
    assert covering.covered(copies, {"a": 2, "b": 1}, 25) == 60
    assert covering.covered(copies, {"a": 3}, 25) == 60
    assert covering.covered(copies, {"c": 3}, 25) == 0
    assert covering.covered({}, {"a": 1}, 25) == 0


def test_blocks_with_copies_are_given_to_those_who_have_room_for_them() -> None:
    """All of b lies on a too: a must leave it to b, and read what only a has."""
    assert covering.covered(_of(a=10, a_b=10), {"a": 1, "b": 1}, 10) == 20
    assert covering.covered(_of(a_b=10), {"a": 1, "b": 1}, 10) == 10
    # A chain: b can be fed by one side alone.
    assert covering.covered(_of(a_b=10, b_c=10, c=10), {"a": 1, "b": 1, "c": 1}, 10) == 30


def test_flow_equals_the_least_cut() -> None:
    """Which is found by trying each set of nodes (Ford and Fulkerson): what is outside of it or limited by shares."""
    rng = random.Random(5)
    for _ in range(50):
        nodes = "abcd"
        copies = {
            frozenset(rng.sample(nodes, rng.randint(1, 3))): rng.randint(1, 50) for _ in range(rng.randint(1, 6))
        }
        executors = {node: rng.randint(0, 3) for node in nodes}
        share = rng.randint(1, 30)
        cuts = []
        for count in range(len(nodes) + 1):
            for full in map(set, itertools.combinations(nodes, count)):
                outside = sum(size for holders, size in copies.items() if holders & (set(nodes) - full))
                cuts.append(outside + sum(executors[node] * share for node in full))
        assert covering.covered(copies, executors, share) == min(cuts)


def test_the_best_placement_is_bounded_by_room() -> None:
    """Shares of 10: four of a's 40, but only two fit there."""
    copies = _of(a=40, b=15, c=4)
    assert covering.best(copies, {"a": 4, "b": 4, "c": 4}, 4, 10) == 40
    assert covering.best(copies, {"a": 2, "b": 4, "c": 4}, 4, 10) == 35
    assert covering.best(copies, {"a": 2, "b": 1, "c": 0}, 4, 10) == 30


@pytest.mark.parametrize("seed", range(5))
def test_for_single_copies_the_largest_parts_are_the_best_of_all_placements(seed: int) -> None:
    """Beside trying each."""
    rng = random.Random(seed)
    cached = {node: rng.randint(0, 60) for node in "abcd"}
    share, executors, room = rng.randint(5, 20), rng.randint(1, 5), rng.randint(1, 4)
    copies = {frozenset({node}): size for node, size in cached.items()}
    tried = covering.best(copies, dict.fromkeys(cached, room), executors, share)
    assert covering.best_of_single_copies(cached, room, executors, share) == tried


def test_placements_are_all_there_are() -> None:
    """Three on two nodes with room for two each."""
    assert list(covering.placements({"a": 2, "b": 2}, 3)) == [{"a": 1, "b": 2}, {"a": 2, "b": 1}]
    assert covering.on_nodes(["b", "a", "b"]) == {"b": 2, "a": 1}
