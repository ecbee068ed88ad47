"""What a placement is worth in bytes."""

from collections import Counter
from collections.abc import Sequence

from locus_e2e.cluster import Binding
from locus_e2e.oracle import Coverage


def local_bytes(bindings: Sequence[Binding], coverage: Coverage) -> dict[str, float]:
    """For executors of one application, pod -> bytes of its share that it can read on its own node.

    Each executor reads an equal share of the input. Executors on one node divide what lies there: none can count bytes
    that another one reads, and none reads more than its share.
    """
    if not bindings:
        return {}
    share = coverage.length / len(bindings)
    on_node = Counter(binding.node for binding in bindings)
    return {binding.pod: min(share, coverage.cached(binding.node) / on_node[binding.node]) for binding in bindings}
