"""The demo's scene, which the acceptance test plays too: two applications of six executors on three nodes."""

from collections.abc import Sequence
from dataclasses import dataclass

from locus_e2e import dataset, spark
from locus_e2e.cluster import Node
from locus_e2e.locus_stack import NODES

# Room for five executors on each node: three places more than there are pods, and less than an application wants on
# the node that holds most of its data.
ROOM_PER_NODE = 5


@dataclass(frozen=True)
class Scenario:
    """What runs where; all of it follows from the seed."""

    seed: int
    data: dataset.DataSet
    nodes: tuple[Node, ...]
    apps: tuple[spark.Application, ...]

    def pods(self, scheduler: str, suffix: str = "") -> list[dict[str, object]]:
        """Manifests in the order in which they are created."""
        return [spark.executor(app, number, scheduler, suffix) for app, number in spark.in_turns(list(self.apps))]


def build(seed: int, room_per_node: int = ROOM_PER_NODE) -> Scenario:
    """The scene of a seed."""
    apps = (
        spark.application("events-report", ("alluxio:///warehouse/events",), 6, seed),
        spark.application("orders-report", ("alluxio:///warehouse/orders", "/warehouse/users/part-*.parquet"), 6, seed),
    )
    nodes = tuple(
        Node(name, address, room_per_node * spark.CPU_MILLI, room_per_node * spark.MEMORY_MIB)
        for name, address in NODES.items()
    )
    return Scenario(seed, dataset.describe(seed, dataset.tables(list(NODES))), nodes, apps)


def application_of(apps: Sequence[spark.Application], pod: str) -> spark.Application:
    """The application whose executor a pod is, by its name."""
    return next(app for app in apps if pod.startswith(f"{app.name}-exec-"))
