"""Which nodes had room for a pod at the moment of its decision.

One scheduler decides one pod at a time, in the order in which its queue got them: for pods of one priority that were
never refused, the order of their creation, which the API server's resourceVersion tells. A decision sees all earlier
ones (the scheduler assumes a pod on its node before it looks at the next one). So room is what a node can give, less
the requests of all pods of that scheduler that were created earlier. A pod that was refused once would come again at
another time: `decisions` refuses to guess then.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from locus_e2e import spark
from locus_e2e.cluster import Binding, Node


class OrderUnknown(Exception):
    """The order of decisions cannot be told from the order of creation."""


@dataclass(frozen=True)
class Decision:
    """A binding, and who could have had the pod instead."""

    binding: Binding
    with_room: tuple[str, ...]


def decisions(nodes: Sequence[Node], bindings: Sequence[Binding], refused: Sequence[str]) -> list[Decision]:
    """Replays the bindings of executors (spark.CPU_MILLI, spark.MEMORY_MIB each) on empty nodes.

    `bindings` are all pods on these nodes; `refused` names those that the scheduler had to put back. Raises
    OrderUnknown when there is any.
    """
    if refused:
        raise OrderUnknown(f"refused at first, so decided at another time: {', '.join(refused)}")
    placed = {node.name: 0 for node in nodes}
    found = []
    for binding in sorted(bindings, key=lambda one: one.creation_version):
        found.append(Decision(binding, tuple(node.name for node in nodes if placed[node.name] < capacity(node))))
        placed[binding.node] += 1
    return found


def capacity(node: Node) -> int:
    """How many executors fit on an empty node."""
    return min(node.cpu_milli // spark.CPU_MILLI, node.memory_mib // spark.MEMORY_MIB, node.pods)
