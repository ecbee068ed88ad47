"""A scene for pods that wait for their data: tables on known nodes, pods that fill nodes, bounds of waits."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from locus_e2e import cluster, dataset, scenario, settings, spark
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon
from locus_e2e.kube_api import ApiError, Object
from locus_e2e.locality import local_bytes
from locus_e2e.locus_stack import NODES
from locus_e2e.oracle import Coverage
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site, open_site
from locus_e2e.waiting import until

GATE = "locus.dev/locality"
_BLOCKER = "patience/blocker"

# What is promised of an idle scheduler: so long after its bound a pod has got its node.
PROMISED_SECONDS = 0.5
# Here two cores run etcd, an API server, schedulers, five servers of Locus and the test itself, and a neighbour at
# times: each of the four hops (patch, watch of the scheduler, decision, watch of the test) may wait for its turn.
LOADED_SECONDS = 1.0
LATE_SECONDS = PROMISED_SECONDS + LOADED_SECONDS
# The API server tells creation in whole seconds, rounded down: so much earlier a wait may end.
EARLY_SECONDS = 1.0

# Table -> fraction of its bytes on each node; on no two nodes the same ones.
SPREAD, ONE, COLD, LATE, COPIED = (f"/patience/{name}" for name in ("spread", "one", "cold", "late", "copied"))
_FIRST, _SECOND, _THIRD = NODES
HOLDER, OTHERS = _FIRST, (_SECOND, _THIRD)
_TABLES: dict[str, tuple[int, dict[str, float]]] = {
    SPREAD: (18, {_FIRST: 0.45, _SECOND: 0.3, _THIRD: 0.15}),
    ONE: (3, {HOLDER: 1.0}),
    COLD: (3, {HOLDER: 0.0}),
    LATE: (3, {HOLDER: 0.0}),
    COPIED: (3, {HOLDER: 1.0}),
}


def build(seed: int, room_per_node: int = scenario.ROOM_PER_NODE) -> scenario.Scenario:
    """Nodes with room for so many executors each, and the tables; no application."""
    tables = [dataset.Table(folder, 1, files, fractions) for folder, (files, fractions) in _TABLES.items()]
    nodes = tuple(
        Node(name, address, room_per_node * spark.CPU_MILLI, room_per_node * spark.MEMORY_MIB)
        for name, address in NODES.items()
    )
    return scenario.Scenario(seed, dataset.describe(seed, tables), nodes, ())


def application(name: str, table: str, executors: int, policy: str = "wait", **annotations: str) -> spark.Application:
    """An application that reads a table. `annotations`: without the prefix, `_` for `-`."""
    app = spark.application(name, (f"alluxio://{table}",), executors, 1)
    told = {f"locus.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return spark.Application(name, app.inputs, executors, app.selector, {"locus.dev/policy": policy, **told})


def gated(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with Locus' gate, as a pod template or the admission policy puts it there."""
    return {**manifest, "spec": {**manifest["spec"], "schedulingGates": [{"name": GATE}]}}


def small(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest of a pod that asks for so little that a node takes as many as its limit of pods allows."""
    (container,) = manifest["spec"]["containers"]
    little = {**container, "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}}}
    return {**manifest, "spec": {**manifest["spec"], "containers": [little]}}


class Patience:
    """A site on which pods wait. `close` is open_patience's."""

    def __init__(self, site: Site, control: ControlPlane) -> None:
        self.site = site
        self.stack = site.stack
        self.plane = site.plane
        self.board = site.plane.board
        self.control = control
        self._blockers = itertools.count()

    def create(
        self, app: spark.Application, gate: bool = True, scheduler: str = LOCUS_SCHEDULER, **spec: Any
    ) -> list[str]:
        """All executors of an application, one right after the other; `spec` is added to theirs."""
        names = []
        for number in range(1, app.executors + 1):
            manifest = spark.executor(app, number, scheduler)
            manifest["spec"].update(spec)
            names.append(self.board.create(gated(manifest) if gate else manifest))
        return names

    def block(self, node: str, executors: int = scenario.ROOM_PER_NODE) -> list[str]:
        """Takes the room of so many executors on a node, by pods that are nobody's business."""
        names = []
        for _ in range(executors):
            manifest = spark.executor(spark.application("blocker", (), 1, 0), next(self._blockers), LOCUS_SCHEDULER)
            manifest["metadata"]["labels"][_BLOCKER] = "true"
            names.append(self.board.create({**manifest, "spec": {**manifest["spec"], "nodeName": node}}))
        # Schedulers and extender hear of them by the same watch that the board has.
        self.board.wait_bound(names, 10)
        return names

    def clear(self) -> None:
        """Removes all pods, those that wait for room before those that take it: else gates would open once more."""
        self.control.api.delete(f"{cluster.PODS}?labelSelector=!{_BLOCKER}", {"gracePeriodSeconds": 0})
        self.plane.clear()

    def reasons(self, name: str) -> dict[str, str]:
        """Events about a pod: reason -> text."""
        return dict(self.board.events(name))

    def waiting_note(self, name: str) -> str | None:
        """What the pod's event LocalityWaiting says."""
        return self.reasons(name).get("LocalityWaiting")

    def metric(self, series: str, extender: Daemon | None = None) -> float:
        """Of the stack's first extender, or of another one; `locus_extender_` left out."""
        return (extender or self.stack.extender).metrics()[f"locus_extender_{series}"]

    def counted(self, series: str, value: float, extender: Daemon | None = None) -> bool:
        """Whether a counter stands at `value`, as soon as it has come so far: what others see of a write is there
        before the writer has counted it."""
        until(f"{series} at {value:g}", 5, lambda: self.metric(series, extender) >= value, every=0.02)
        return self.metric(series, extender) == value

    def wait_leader(self, extender: Daemon) -> None:
        """Until it leads the gate."""
        until(f"lead of {extender.name}", 20, lambda: self.metric("gate_leader", extender) == 1)

    def planned(self, names: Sequence[str]) -> dict[str, str]:
        """Pod -> the node that the gatekeeper has planned for it."""
        found = {}
        for name in names:
            annotations = self.board.pod(name)["metadata"]["annotations"]
            found[name] = annotations.get("locus.dev/planned-node", "")
        return found


@contextlib.contextmanager
def open_patience(control: ControlPlane, folder: Path, **options: Any) -> Iterator[Patience]:
    """A site with the scene; `options` as of open_site."""
    with open_site(settings.programs(), control, folder, build(71), **options) as site:
        yield Patience(site, control)


@contextlib.contextmanager
def priority_class(control: ControlPlane, name: str, value: int) -> Iterator[str]:
    """A priority class whose pods may evict others."""
    classes = "/apis/scheduling.k8s.io/v1/priorityclasses"
    body: Object = {"metadata": {"name": name}, "value": value, "preemptionPolicy": "PreemptLowerPriority"}
    control.api.post(classes, body)
    try:
        yield name
    finally:
        with contextlib.suppress(ApiError):
            control.api.delete(f"{classes}/{name}")


def most_local_bytes(coverage: Coverage, room: Mapping[str, int], pods: int) -> float:
    """The most that `pods` executors with equal shares can read locally, by trying every way to place them."""
    best = 0.0
    for counts in itertools.product(*(range(most + 1) for most in room.values())):
        if sum(counts) != pods:
            continue
        nodes = [node for node, count in zip(room, counts, strict=True) for _ in range(count)]
        bindings = [cluster.Binding(str(i), node, 0, 0, i) for i, node in enumerate(nodes)]
        best = max(best, sum(local_bytes(bindings, coverage).values()))
    return best
