"""Who places pods: a real control plane, or the double of simulation.py."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from locus_e2e import scheduler_config
from locus_e2e.cluster import NAMESPACE, Binding, Node, PodBoard, add_nodes, remove_nodes
from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import Object
from locus_e2e.spark import Application, executor

LOCUS_SCHEDULER = "locus"
_BINDING_SECONDS = 60.0


class Plane(Protocol):
    """Places pods on nodes that are empty at first and full of them afterwards."""

    def place(self, pods: Sequence[Object]) -> list[Binding]:
        """Creates the pods at once, in this order, and waits until each has a node. Their `schedulerName` says who
        decides. In the order of creation."""

    def clear(self) -> None:
        """Removes all pods."""

    def addresses(self) -> list[tuple[str, str]]:
        """What a person can connect to: (what, address)."""

    def close(self) -> None:
        """Ends it."""


class KubePlane:
    """etcd, kube-apiserver and two kube-schedulers: the stock one, and one that asks Locus."""

    def __init__(
        self,
        control: ControlPlane,
        nodes: Sequence[Node],
        extender_url: str,
        with_filter: bool = False,
        scheduler: Mapping[str, object] | None = None,
    ) -> None:
        """Ready when it returns: both schedulers have placed a pod. `with_filter`: also call Locus' filter.
        `scheduler`: added to the configuration of the one that asks Locus."""
        self.control = control
        self._nodes = list(nodes)
        # Before the schedulers: each then has all nodes from its first look on.
        add_nodes(control.api, nodes)
        self.board = PodBoard(control.api)
        self._schedulers = {
            scheduler_config.STOCK_NAME: control.add_scheduler("stock", scheduler_config.stock()),
            LOCUS_SCHEDULER: control.add_scheduler(
                LOCUS_SCHEDULER,
                {**scheduler_config.with_locus(extender_url, LOCUS_SCHEDULER, with_filter), **(scheduler or {})},
            ),
        }
        # What is created before a scheduler has listed the pods comes to it in the order of names, not of creation.
        probe = Application("probe", (), 1, "spark-probe")
        self.place([executor(probe, 1, name, f"-{name}") for name in self._schedulers])
        self.clear()

    def place(self, pods: Sequence[Object]) -> list[Binding]:
        return self.board.wait_bound([self.board.create(pod) for pod in pods], _BINDING_SECONDS)

    def clear(self) -> None:
        self.board.remove_all()

    def addresses(self) -> list[tuple[str, str]]:
        return [("kube-apiserver", self.control.url), ("kubectl", f"kubectl --kubeconfig {self.control.kubeconfig}")]

    def close(self) -> None:
        """Leaves the control plane as it was before: no pods, no events, no nodes, no schedulers."""
        for scheduler in self._schedulers.values():
            scheduler.stop()
        self.clear()
        self.board.close()
        self.control.api.delete(f"/api/v1/namespaces/{NAMESPACE}/events")
        remove_nodes(self.control.api, self._nodes)
