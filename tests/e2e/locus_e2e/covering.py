"""How many distinct bytes the executors of an application can read on their own nodes: of a placement, and at best.

Independent of the code under test: blocks are read from the workers' folders (oracle.py) or made by the test, and
given to executors by a maximum flow. Each executor reads one share, each block is read once, by an executor on a node
that holds a copy.
"""

import itertools
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping

# Bytes by the nodes that hold a copy of them.
Copies = Mapping[frozenset[str], int]


def covered(copies: Copies, executors: Mapping[str, int], share: int) -> int:
    """Distinct bytes that `executors` (node -> how many) can read locally, blocks given to them at best."""
    flow = _Flow()
    for number, (holders, size) in enumerate(copies.items()):
        flow.edge("source", number, size)
        for node in holders:
            if executors.get(node):
                flow.edge(number, node, size)
    for node, count in executors.items():
        flow.edge(node, "sink", count * share)
    return flow.maximum("source", "sink")


def best(copies: Copies, room: Mapping[str, int], executors: int, share: int) -> int:
    """What `executors` can cover at most where `room` tells how many fit on a node. Tries every placement: for few
    nodes."""
    return max(covered(copies, placement, share) for placement in placements(room, executors))


def best_of_single_copies(cached: Mapping[str, int], room: int, executors: int, share: int) -> int:
    """As `best`, for many nodes of equal room where no byte has two copies. A node's executors then take whole shares
    of what it holds, and the last one what is left: the largest such parts are the best ones."""
    parts = [min(share, size - taken * share) for size in cached.values() for taken in range(room)]
    return sum(sorted((part for part in parts if part > 0), reverse=True)[:executors])


def placements(room: Mapping[str, int], executors: int) -> Iterator[dict[str, int]]:
    """Every way to spread executors over the nodes; as many as there is room for, when that is less."""
    nodes = list(room)
    executors = min(executors, sum(room.values()))
    for counts in itertools.product(*(range(min(room[node], executors) + 1) for node in nodes)):
        if sum(counts) == executors:
            yield dict(zip(nodes, counts))


def on_nodes(nodes: Iterable[str]) -> dict[str, int]:
    """How many executors are on each node."""
    return dict(Counter(nodes))


class _Flow:
    """Edmonds and Karp's maximum flow: shortest augmenting paths."""

    def __init__(self) -> None:
        self._rest: dict[object, dict[object, int]] = {}

    def edge(self, start: object, end: object, capacity: int) -> None:
        """Adds capacity."""
        edges = self._rest.setdefault(start, {})
        edges[end] = edges.get(end, 0) + capacity
        self._rest.setdefault(end, {}).setdefault(start, 0)

    def maximum(self, source: object, sink: object) -> int:
        """Pushes all that goes."""
        total = 0
        while path := self._path(source, sink):
            width = min(self._rest[start][end] for start, end in path)
            for start, end in path:
                self._rest[start][end] -= width
                self._rest[end][start] += width
            total += width
        return total

    def _path(self, source: object, sink: object) -> list[tuple[object, object]]:
        came_from: dict[object, object] = {source: source}
        waiting = deque([source])
        while waiting and sink not in came_from:
            start = waiting.popleft()
            for end, rest in self._rest.get(start, {}).items():
                if rest > 0 and end not in came_from:
                    came_from[end] = start
                    waiting.append(end)
        if sink not in came_from:
            return []
        path = []
        end = sink
        while end != source:
            path.append((came_from[end], end))
            end = came_from[end]
        return path
