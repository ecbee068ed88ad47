"""The production decision against an exact answer."""

from collections.abc import Callable
from itertools import product

import exact
import judge
import pytest
import simulator
import worlds

SEEDS = range(1000, 1216)
LOADED_SEEDS = range(2000, 2060)
LARGE_SEEDS = range(3000, 3003)

Record = Callable[[str, object], None]


def _show(record_property: Record, verdicts: list[judge.Verdict], strategies: tuple[str, ...]) -> None:
    for strategy in strategies:
        found = judge.summary(verdicts, strategy)
        figure = f"mean {found.mean:.2%}, worst {found.worst:.2%} (seed {found.worst_seed})"
        record_property(strategy, figure)
        print(f"{strategy}: {figure}, {len(verdicts)} seeds")


def test_placements_cover_nearly_what_can_be_covered_at_all(record_property: Record) -> None:
    """Over 200 and more clusters, executors one by one and in bursts, with copies, skew, lost nodes."""
    verdicts = judge.judge(SEEDS)
    _show(record_property, verdicts, simulator.STRATEGIES)
    assert len(verdicts) >= 200
    for strategy in ("locus", "gate"):
        found = judge.summary(verdicts, strategy)
        assert found.mean >= 0.98, f"{strategy}: mean {found.mean:.2%}"
        assert found.worst >= 0.90, f"{strategy}: {found.worst:.2%} at seed {found.worst_seed}"
    # Otherwise the worlds are too easy to show anything.
    assert judge.summary(verdicts, "most_bytes").mean < 0.9
    assert judge.summary(verdicts, "stock").mean < 0.9


def test_bytes_are_weighed_with_tiers_and_load(record_property: Record) -> None:
    """Where nodes are busy and tiers differ, seconds saved times headroom are compared."""
    verdicts = judge.judge(LOADED_SEEDS, "loaded")
    _show(record_property, verdicts, simulator.STRATEGIES)
    assert judge.summary(verdicts, "gate").mean >= 0.95
    for strategy in ("locus", "gate"):
        assert judge.summary(verdicts, strategy).mean > judge.summary(verdicts, "most_bytes").mean + 0.1


def test_five_thousand_nodes(record_property: Record) -> None:
    """500 executors."""
    verdicts = judge.judge(LARGE_SEEDS, "large")
    _show(record_property, verdicts, simulator.STRATEGIES)
    for strategy in ("locus", "gate"):
        assert judge.summary(verdicts, strategy).worst >= 0.98


@pytest.mark.parametrize("seed", range(12))
def test_the_solver_agrees_with_trying_all_placements(seed: int) -> None:
    """On clusters so small that all placements can be tried."""
    world = worlds.build(seed)
    world.nodes = world.nodes[:4]
    world.blocks = [(size, [(n % 4, tier) for n, tier in copies][:2]) for size, copies in world.blocks[:12]]
    world.blocks = [(size, list({n: (n, tier) for n, tier in copies}.values())) for size, copies in world.blocks]
    world.executors, world.losses = 3, []
    for node in world.nodes:
        node["cpu_milli"], node["used_milli"] = 64000, 55500
    placements = [p for p in product(range(4), repeat=3) if all(p.count(n) <= 2 for n in p)]
    tried = max(exact.covered(world, placement) for placement in placements)
    assert exact.best(world).bound == pytest.approx(tried, rel=1e-3)
