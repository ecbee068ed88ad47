"""Everything of the tier `spark` on one machine: nodes as network namespaces, a real control plane, a real Alluxio,
Locus beside both, and a kubelet that runs executors."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import extender as extenders
from locus_e2e import settings
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape
from locus_e2e.alluxio.jvm import Java
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon
from locus_e2e.kubelet.image import SparkImage
from locus_e2e.kubelet.kubelet import Kubelet
from locus_e2e.network import Network
from locus_e2e.planes import KubePlane
from locus_e2e.processes import Processes
from locus_e2e.settings import SparkHome

NODES = ("node-1", "node-2", "node-3")
_MIB = 1 << 20
# Room for two executors of Spark's smallest size: a core each, 512 MiB of heap and Spark's overhead.
EXECUTORS_PER_NODE = 2
_CPU_MILLI, _MEMORY_MIB = 2200, 4096


@dataclass(frozen=True)
class SparkSite:
    """All of it is ready; no pod exists."""

    folder: Path
    network: Network
    control: ControlPlane
    plane: KubePlane
    kubelet: Kubelet
    alluxio: AlluxioCluster
    locus: AlluxioStack
    extender: Daemon
    spark: SparkHome

    def host(self, node: str) -> str:
        """The address of a node, which its Alluxio worker has too."""
        return self.network.nodes[node].seat.address

    def by_master(self, path: str) -> str:
        """The URI by which a client asks Alluxio's master itself."""
        (master,) = self.alluxio.master_addresses()
        return f"alluxio://{master}{path}"

    def by_front(self, path: str) -> str:
        """The URI by which a client asks the front."""
        return f"alluxio://{self.locus.front()}{path}"


@contextlib.contextmanager
def open_site(
    folder: Path,
    spark: SparkHome,
    tier_bytes: int,
    *,
    cpu_milli: int = _CPU_MILLI,
    memory_mib: int = _MEMORY_MIB,
    java_options: tuple[str, ...] = (),
) -> Iterator[SparkSite]:
    """`folder`: is made; in memory at best; takes the data twice. `tier_bytes`: of each worker's memory tier.
    `cpu_milli`, `memory_mib`: what each node has for pods. `java_options`: of Alluxio's processes."""
    folder.mkdir()
    binary = settings.kubeplane()
    assert binary is not None, "LOCUS_KUBEPLANE is not set: start through `tools/dev e2e spark`"
    with contextlib.ExitStack() as ends:
        network = ends.enter_context(contextlib.closing(Network(NODES)))
        processes = ends.enter_context(Processes(folder))
        control = ControlPlane(binary, folder / "kube", processes, network.hub.address)
        alluxio = _alluxio(network, folder, processes, tier_bytes, java_options)
        ends.enter_context(contextlib.closing(alluxio))
        locus = _metadata(network, control, alluxio, folder, processes)
        ends.enter_context(contextlib.closing(locus))
        extender = _extender(control, locus, folder, processes)
        nodes = [Node(name, node.seat.address, cpu_milli, memory_mib) for name, node in network.nodes.items()]
        kubelet = Kubelet(control.api, network, nodes, spark_image(spark), folder / "pods")
        ends.enter_context(contextlib.closing(kubelet))
        plane = KubePlane(control, (), extender.url(), with_filter=True)
        ends.enter_context(contextlib.closing(plane))
        extenders.wait_nodes(extender, len(nodes))
        yield SparkSite(folder, network, control, plane, kubelet, alluxio, locus, extender, spark)


def spark_image(spark: SparkHome) -> SparkImage:
    """What pods of this line of Spark run."""
    java = shutil.which("java")
    assert java is not None
    return SparkImage(Path(java), spark.home, spark.python)


def _alluxio(
    network: Network, folder: Path, processes: Processes, tier_bytes: int, java_options: tuple[str, ...]
) -> AlluxioCluster:
    seats = {node.seat.address: node.seat for node in network.nodes.values()}
    shape = Shape(
        masters=(network.hub.address,),
        workers=tuple(seats),
        quotas={"MEM": tier_bytes},
        # A file of these tests is one block.
        properties={"alluxio.user.block.size.bytes.default": "16MB"},
        options=java_options,
        seats=seats,
    )
    return AlluxioCluster(Java(), folder / "alluxio", processes, shape)


def _metadata(
    network: Network, control: ControlPlane, alluxio: AlluxioCluster, folder: Path, processes: Processes
) -> AlluxioStack:
    return AlluxioStack(
        settings.programs(),
        folder / "locus",
        processes,
        alluxio,
        "both",
        {
            "nodes": {"kubernetes": {"kubeconfig": str(control.kubeconfig), "refresh": "1s"}},
            "front": {"enabled": True},
        },
        local=network.hub.address,
        names={node.seat.address: name for name, node in network.nodes.items()},
        front=True,
    )


def _extender(control: ControlPlane, locus: AlluxioStack, folder: Path, processes: Processes) -> Daemon:
    configuration = extenders.settings(
        locus.meta.target(), control.kubeconfig, extenders.lease_name(), extenders.BYTES_ALONE
    )
    daemon = Daemon("locus-extender", settings.programs().extender, folder, configuration, extenders.LISTEN, processes)
    daemon.start()
    daemon.wait_ready("listen")
    extenders.wait_synced(daemon)
    return daemon
