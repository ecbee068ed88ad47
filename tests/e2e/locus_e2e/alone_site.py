"""Everything of the tier `spark` with Locus alone: nodes, a control plane, a kubelet, Locus, and no Alluxio."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import extender as extenders
from locus_e2e import settings
from locus_e2e.alluxio.alone import AloneStack
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon
from locus_e2e.kubelet.kubelet import Kubelet
from locus_e2e.network import Network
from locus_e2e.planes import KubePlane
from locus_e2e.processes import Processes
from locus_e2e.settings import SparkHome
from locus_e2e.spark_site import NODES, spark_image

_CPU_MILLI, _MEMORY_MIB = 2200, 4096


@dataclass(frozen=True)
class AloneSite:
    """All of it is ready; no pod exists. What tests of applications need has the names that it has in SparkSite."""

    folder: Path
    network: Network
    control: ControlPlane
    plane: KubePlane
    kubelet: Kubelet
    locus: AloneStack
    extender: Daemon
    spark: SparkHome

    def host(self, node: str) -> str:
        """The address of a node, which its worker has too."""
        return self.network.nodes[node].seat.address

    def by_front(self, path: str) -> str:
        """The URI by which a client asks the front."""
        return f"alluxio://{self.locus.front()}{path}"


@contextlib.contextmanager
def open_alone_site(folder: Path, spark: SparkHome, tier: str) -> Iterator[AloneSite]:
    """`folder`: is made; in memory at best; takes the data twice. `tier`: size of each worker's memory tier."""
    folder.mkdir()
    binary = settings.kubeplane()
    assert binary is not None, "LOCUS_KUBEPLANE is not set: start through `tools/dev e2e spark`"
    with contextlib.ExitStack() as ends:
        network = ends.enter_context(contextlib.closing(Network(NODES)))
        processes = ends.enter_context(Processes(folder))
        control = ControlPlane(binary, folder / "kube", processes, network.hub.address)
        seats = {node.seat.address: node.seat for node in network.nodes.values()}
        locus = AloneStack(
            settings.programs(),
            folder / "locus",
            processes,
            {node.seat.address: name for name, node in network.nodes.items()},
            {"MEM": tier},
            "16MiB",
            meta={"nodes": {"kubernetes": {"kubeconfig": str(control.kubeconfig), "refresh": "1s"}}},
            local=network.hub.address,
            seats=seats,
        )
        ends.enter_context(contextlib.closing(locus))
        extender = Daemon(
            "locus-extender",
            settings.programs().extender,
            folder,
            extenders.settings(
                locus.meta.target(), control.kubeconfig, extenders.lease_name(), extenders.BYTES_ALONE
            ),
            extenders.LISTEN,
            processes,
        )
        extender.start()
        extender.wait_ready("listen")
        extenders.wait_synced(extender)
        nodes = [Node(name, node.seat.address, _CPU_MILLI, _MEMORY_MIB) for name, node in network.nodes.items()]
        kubelet = Kubelet(control.api, network, nodes, spark_image(spark), folder / "pods")
        ends.enter_context(contextlib.closing(kubelet))
        plane = KubePlane(control, (), extender.url(), with_filter=True)
        ends.enter_context(contextlib.closing(plane))
        extenders.wait_nodes(extender, len(nodes))
        yield AloneSite(folder, network, control, plane, kubelet, locus, extender, spark)
