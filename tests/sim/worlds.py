"""Clusters and block maps from a seed."""

import random
from dataclasses import dataclass, field
from typing import Any

MIB = 1 << 20
MEM, SSD, HDD = range(3)


@dataclass
class World:
    """What tests/sim/world.h reads, and how it came about."""

    seed: int
    kind: str
    nodes: list[dict[str, Any]]
    # Bytes, and (node, tier) of each copy.
    blocks: list[tuple[int, list[tuple[int, int]]]]
    executors: int
    executor_milli: int = 4000
    burst: bool = True
    watch_lag: int = 0
    losses: list[tuple[int, int]] = field(default_factory=list)

    @property
    def length(self) -> int:
        """Bytes of the input."""
        return sum(size for size, _ in self.blocks)

    @property
    def share(self) -> int:
        """Bytes for one executor, rounded up."""
        return -(-self.length // self.executors)

    def room(self) -> list[int]:
        """Executors that each node takes, when all losses have come about."""
        gone = {node for _, node in self.losses}
        return [
            0 if i in gone else (node["cpu_milli"] - node["used_milli"]) // self.executor_milli
            for i, node in enumerate(self.nodes)
        ]

    def copies(self) -> list[tuple[int, list[tuple[int, int]]]]:
        """`blocks` without the copies on lost nodes."""
        gone = {node for _, node in self.losses}
        return [(size, [copy for copy in copies if copy[0] not in gone]) for size, copies in self.blocks]

    def as_json(self) -> dict[str, Any]:
        """As tests/sim/world.h wants it."""
        return {
            "seed": self.seed, "nodes": self.nodes, "blocks": self.blocks, "executors": self.executors,
            "executor_milli": self.executor_milli, "burst": self.burst, "watch_lag": self.watch_lag,
            "losses": self.losses,
        }  # fmt: skip


def build(seed: int, loaded: bool = False) -> World:
    """The world of a seed. `loaded`: nodes differ in load and blocks in tier; otherwise only bytes matter."""
    chance = random.Random(f"{seed} {loaded}")
    count = chance.choice([10, 20, 50, 100, 200])
    replicas = chance.choice([1, 1, 2, 3, 3])
    executors = max(1, int(count * chance.choice([0.1, 0.3, 0.5, 1.0, 1.5])))
    skew = chance.choice([0.0, 0.0, 0.7, 1.2])
    kind = f"{count} nodes, {replicas} copies, {'skewed' if skew else 'uniform'}"
    return _world(chance, seed, kind, count, replicas, executors, skew, chance.choice([50, 200, 500, 1500]), loaded)


def large(seed: int) -> World:
    """5,000 nodes, 500 executors, data on some hundred nodes."""
    chance = random.Random(f"large {seed}")
    return _world(chance, seed, "5000 nodes", 5000, chance.choice([1, 2]), 500, 0.7, 6000, False)


def _world(
    chance: random.Random, seed: int, kind: str, count: int, replicas: int, executors: int, skew: float, blocks: int,
    loaded: bool,
) -> World:  # fmt: skip
    weights = [(rank + 1) ** -skew for rank in range(count)]
    chance.shuffle(weights)
    nodes = []
    for i in range(count):
        # Room for a few executors beside other pods, on machines of 64 cores.
        places = chance.randint(0, 4) if chance.random() < 0.7 else 0
        load = round(chance.choice([0.0, 0.2, 0.5, 0.9, 0.95]), 2) if loaded else 0.0
        nodes.append(
            {"name": f"node-{i:04d}", "cpu_milli": 64000, "used_milli": 64000 - places * 4000 - 500, "load": load}
        )
    while sum((node["cpu_milli"] - node["used_milli"]) // 4000 for node in nodes) < executors:
        nodes[chance.randrange(count)]["used_milli"] -= 4000
    hot = blocks // 10 if chance.random() < 0.3 else 0
    made = []
    for number in range(blocks):
        size = chance.choice([64, 64, 64, chance.randint(1, 64)]) * MIB
        if chance.random() < 0.1:
            made.append((size, []))
            continue
        wanted = min(count, replicas * 4 if number < hot else replicas)
        holders: set[int] = set()
        while len(holders) < wanted:
            holders.add(chance.choices(range(count), weights)[0])
        tier = (lambda: chance.choice([MEM, SSD, HDD])) if loaded else (lambda: MEM)
        made.append((size, [(holder, tier()) for holder in sorted(holders)]))
    burst = chance.random() < 0.5
    world = World(seed, kind, nodes, made, executors, burst=burst, watch_lag=chance.choice([0, 2, 5]) if burst else 0)
    if chance.random() < 0.15 and executors > 4:
        # A node that is lost must not take the last room with it.
        node = chance.randrange(count)
        places = (nodes[node]["cpu_milli"] - nodes[node]["used_milli"]) // 4000
        if sum(world.room()) - places >= executors:
            world.losses.append((executors // 2, node))
    return world
