"""How much executors could cover, by a solver that knows nothing of Locus: HiGHS, mixed-integer.

Which executor reads which block is a flow: from a block (its bytes) to a node that has a copy (a copy's tier) to the
executors there (a share each). Where executors stand is an integer for each node. For a given placement the flow is a
linear program; for the best one, executors on nodes are variables too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from worlds import World

# Bytes a second by tier and of the network, what a saturated node still counts, and how much requested CPU counts: the
# defaults of the extender's configuration (proto/config/v1/extender.proto).
_TIER = (6e9, 1.5e9, 150e6)
_NETWORK = 1e9 / 8
_MIN_HEADROOM = 0.1
_REQUESTED_WEIGHT = 0.25
_MIP_SECONDS = 20.0
_GAP = 1e-4


@dataclass(frozen=True)
class Best:
    """`bound`: no placement covers more. `found`: one that the solver has found covers this."""

    found: float
    bound: float

    @property
    def solved(self) -> bool:
        """The answer is exact, to one percent; else the solver ran out of time."""
        return self.found >= 0.99 * self.bound


def covered(world: World, placement: Sequence[int], by_value: bool = False) -> float:
    """Bytes (or seconds saved times headroom) that the executors of `placement` can read locally."""
    counts = [0] * len(world.nodes)
    for node in placement:
        if node >= 0:
            counts[node] += 1
    model = _Model(world, by_value)
    model.fix(counts)
    return model.solve().found


def best(world: World, by_value: bool = False) -> Best:
    """Over all placements of the world's executors."""
    model = _Model(world, by_value)
    model.choose(world.room(), world.executors)
    return model.solve()


class _Model:
    def __init__(self, world: World, by_value: bool) -> None:
        self._world = world
        self._highs = highspy.Highs()
        self._highs.silent()
        self._highs.setOptionValue("time_limit", _MIP_SECONDS)
        self._highs.setOptionValue("mip_rel_gap", _GAP)
        blocks = world.copies()
        # One variable for each copy: bytes read of it. In MiB: the solver likes numbers near 1.
        flows = [(b, node, tier) for b, (_, copies) in enumerate(blocks) for node, tier in copies]
        worth = [self._worth(node, tier) if by_value else 1.0 for _, node, tier in flows]
        size = [blocks[b][0] / 2**20 for b, _, _ in flows]
        for gain, limit in zip(worth, size):
            self._highs.addVar(0.0, limit)
            self._highs.changeColCost(self._highs.getNumCol() - 1, -gain)
        self._first_count = len(flows)
        for _ in world.nodes:
            self._highs.addVar(0.0, 0.0)
        of_block: dict[int, list[int]] = {}
        of_node: dict[int, list[int]] = {}
        for i, (b, node, _) in enumerate(flows):
            of_block.setdefault(b, []).append(i)
            of_node.setdefault(node, []).append(i)
        for b, variables in of_block.items():
            self._row(blocks[b][0] / 2**20, variables, [1.0] * len(variables))
        share = world.share / 2**20
        for node, variables in of_node.items():
            self._row(0.0, [*variables, self._first_count + node], [1.0] * len(variables) + [-share])

    def fix(self, counts: Sequence[int]) -> None:
        """Executors stand like this."""
        for node, count in enumerate(counts):
            self._highs.changeColBounds(self._first_count + node, float(count), float(count))

    def choose(self, room: Sequence[int], executors: int) -> None:
        """Executors stand wherever there is room."""
        variables = []
        for node, places in enumerate(room):
            variable = self._first_count + node
            variables.append(variable)
            self._highs.changeColBounds(variable, 0.0, float(places))
            self._highs.changeColIntegrality(variable, highspy.HighsVarType.kInteger)
        self._row(float(executors), variables, [1.0] * len(variables))

    def solve(self) -> Best:
        """In bytes, or in MiB of value."""
        self._highs.run()
        info = self._highs.getInfo()
        found = -info.objective_function_value * 2**20
        bound = -info.mip_dual_bound * 2**20 if info.mip_node_count >= 0 else found
        return Best(found, max(found, bound))

    def _row(self, upper: float, variables: Sequence[int], factors: Sequence[float]) -> None:
        self._highs.addRow(
            -highspy.kHighsInf, upper, len(variables), np.array(variables, dtype=np.int32), np.array(factors)
        )

    def _worth(self, node: int, tier: int) -> float:
        saved = 1 / _NETWORK - min(1 / _TIER[tier], 1 / _NETWORK)
        at = self._world.nodes[node]
        load = max(at["load"], _REQUESTED_WEIGHT * at["used_milli"] / at["cpu_milli"])
        return saved * _NETWORK * max(_MIN_HEADROOM, 1 - load)
