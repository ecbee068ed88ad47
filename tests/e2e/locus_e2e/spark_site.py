"""Everything of the tier `spark` on one machine: nodes as network namespaces, a real control plane, a real Alluxio,
Locus beside both, and a kubelet that runs executors."""

import contextlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import extender as extenders
from locus_e2e import settings
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape
from locus_e2e.alluxio.jvm import Java
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon, Settings
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


@contextlib.contextmanager
def open_site(
    folder: Path,
    spark: SparkHome,
    *,
    tier_bytes: int,
    properties: Mapping[str, object] | None = None,
    meta: Settings | None = None,
    extender: Settings | None = None,
) -> Iterator[SparkSite]:
    """`folder`: in memory at best; takes the data twice. `tier_bytes`: of each worker's memory tier. `properties`: for
    Alluxio's processes; `meta`, `extender`: added to their configurations."""
    binary = settings.kubeplane()
    assert binary is not None, "LOCUS_KUBEPLANE is not set: start through `tools/dev e2e spark`"
    programs = settings.programs()
    with contextlib.ExitStack() as ends:
        network = ends.enter_context(contextlib.closing(Network(NODES)))
        processes = ends.enter_context(Processes(folder))
        hub = network.hub.address
        control = ControlPlane(binary, folder / "kube", processes, hub)
        names = {node.seat.address: name for name, node in network.nodes.items()}
        shape = Shape(
            masters=(hub,),
            workers=tuple(names),
            quotas={"MEM": tier_bytes},
            properties={"alluxio.user.block.size.bytes.default": f"{16 * _MIB}B", **(properties or {})},
            seats={node.seat.address: node.seat for node in network.nodes.values()},
        )
        alluxio = AlluxioCluster(Java(), folder / "alluxio", processes, shape)
        ends.enter_context(contextlib.closing(alluxio))
        followed: Settings = {"nodes": {"kubernetes": {"kubeconfig": str(control.kubeconfig), "refresh": "1s"}}}
        locus = AlluxioStack(
            programs, folder / "locus", processes, alluxio, "both", {**followed, **(meta or {})}, local=hub, names=names
        )
        ends.enter_context(contextlib.closing(locus))
        daemon = Daemon(
            "locus-extender",
            programs.extender,
            folder,
            extenders.settings(
                locus.meta.target(),
                control.kubeconfig,
                extenders.lease_name(),
                {**extenders.BYTES_ALONE, **(extender or {})},
            ),
            extenders.LISTEN,
            processes,
        )
        daemon.start()
        daemon.wait_ready("listen")
        extenders.wait_synced(daemon)
        java = shutil.which("java")
        assert java is not None
        nodes = [Node(name, node.seat.address, _CPU_MILLI, _MEMORY_MIB) for name, node in network.nodes.items()]
        image = SparkImage(Path(java), spark.home, spark.python)
        kubelet = Kubelet(control.api, network, nodes, image, folder / "pods")
        ends.enter_context(contextlib.closing(kubelet))
        plane = KubePlane(control, (), daemon.url(), with_filter=True)
        ends.enter_context(contextlib.closing(plane))
        extenders.wait_nodes(daemon, len(nodes))
        yield SparkSite(folder, network, control, plane, kubelet, alluxio, locus, daemon, spark)
