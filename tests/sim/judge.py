"""Strategies beside the exact answer, over many seeds on two processes."""

import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import exact
import simulator
import worlds


@dataclass(frozen=True)
class Verdict:
    """One seed: what each strategy covers as a part of what can be covered at all."""

    seed: int
    kind: str
    ratio: dict[str, float]
    # Most executors on one node, by strategy.
    crowd: dict[str, int]


@dataclass(frozen=True)
class Summary:
    """One strategy over all seeds."""

    mean: float
    worst: float
    worst_seed: int


def judge(
    seeds: Iterable[int], kind: str = "plain", strategies: tuple[str, ...] = simulator.STRATEGIES
) -> list[Verdict]:
    """Seeds for which nothing can be covered are left out, and those that the solver does not solve in time."""
    todo = [(seed, kind, strategies) for seed in seeds]
    with ProcessPoolExecutor(max_workers=2) as pool:
        return [found for found in pool.map(_judge_one, todo, chunksize=4) if found is not None]


def summary(verdicts: list[Verdict], strategy: str) -> Summary:
    """Over `verdicts`."""
    worst = min(verdicts, key=lambda verdict: verdict.ratio[strategy])
    mean = sum(verdict.ratio[strategy] for verdict in verdicts) / len(verdicts)
    return Summary(mean, worst.ratio[strategy], worst.seed)


_WORLDS: dict[str, Callable[[int], worlds.World]] = {
    "plain": worlds.build,
    "loaded": lambda seed: worlds.build(seed, loaded=True),
    "large": worlds.large,
}


def _judge_one(task: tuple[int, str, tuple[str, ...]]) -> Verdict | None:
    seed, kind, strategies = task
    world = _WORLDS[kind](seed)
    by_value = kind == "loaded"
    best = exact.best(world, by_value)
    bound = best.bound
    if bound <= 0 or not best.solved:
        return None
    ratio, crowd = {}, {}
    with simulator.running() as sim:
        for strategy in strategies:
            nodes = sim.place(world, strategy)
            ratio[strategy] = exact.covered(world, nodes, by_value) / bound
            crowd[strategy] = max(nodes.count(node) for node in set(nodes))
    return Verdict(seed, world.kind, ratio, crowd)


def main() -> None:
    """Prints the table of docs/placement.md."""
    first, last = (int(text) for text in sys.argv[1:3])
    for kind in ("plain", "loaded"):
        verdicts = judge(range(first, last), kind)
        print(f"{kind}: {len(verdicts)} seeds from {first} to {last - 1}")
        for strategy in simulator.STRATEGIES:
            found = summary(verdicts, strategy)
            print(f"  {strategy:12} mean {found.mean:.1%}  worst {found.worst:.1%} (seed {found.worst_seed})")


if __name__ == "__main__":
    main()
