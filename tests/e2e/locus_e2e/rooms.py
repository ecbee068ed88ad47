"""How many executors a node has room for."""

from locus_e2e import spark
from locus_e2e.cluster import Node


def capacity(node: Node) -> int:
    """How many executors fit on an empty node."""
    return min(node.cpu_milli // spark.CPU_MILLI, node.memory_mib // spark.MEMORY_MIB, node.pods)
