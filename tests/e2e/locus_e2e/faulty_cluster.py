"""A cluster with Locus in it, installed by the manifests, in which something breaks while pods come."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import urllib3

from locus_e2e import cache_client, cluster, fault_table, rendered, settings
from locus_e2e.certificates import Caller
from locus_e2e.cluster import Binding, Node, PodBoard
from locus_e2e.control_plane import ControlPlane
from locus_e2e.dataset import MIB, CachedFile
from locus_e2e.installed import installed
from locus_e2e.kube_api import Object
from locus_e2e.manifest_cluster import ManifestCluster
from locus_e2e.manifest_runner import Part
from locus_e2e.ports import free_port
from locus_e2e.processes import ProcessDied, Processes
from locus_e2e.waiting import WaitedTooLong, until

# The last one has no worker.
NODES = {f"node-{number}": f"127.0.0.{20 + number}" for number in (1, 2, 3, 4)}
WORKERS = ("node-1", "node-2", "node-3")
# Who alone has the data.
HOLDER = "node-2"
DATA = "/warehouse/events"
METAS = ("locus-meta-0", "locus-meta-1")
EXTENDERS = ("locus-scheduler-0", "locus-scheduler-1")
SCHEDULERS = tuple(f"{pod}/kube-scheduler" for pod in EXTENDERS)
# Most faults cost a pod nothing.
SOON_SECONDS = 10.0
_FILES, _FILE_BYTES = 8, 8 * MIB
_INSTALLED_SECONDS = 120.0
_WELL_SECONDS = 60.0

Prepare = Callable[[Path], None]


def worker_of(node: str) -> str:
    """The pod of its worker."""
    return f"locus-worker-{node}"


@dataclass(frozen=True)
class Signs:
    """What a row of the table speaks of, as it was before the fault."""

    fault: fault_table.Fault
    scene: "FaultyCluster"
    before: float
    # Log of each process -> its length.
    logs: dict[Path, int]

    def wait(self, seconds: float) -> None:
        """Until metric and log line have told of it."""
        sign, (program, line) = self.fault.metric, self.fault.log
        what = f"{sign.series} {sign.how} of {sign.part} after {self.before:g}"
        until(what, seconds, lambda: sign.shows(self.before, self.scene.values(sign.part, sign.series)), every=0.2)
        until(f"line of {program}: {line}", seconds, lambda: any(line in text for text in self.news()), every=0.2)

    def news(self) -> Iterator[str]:
        """What those that the table names have logged since then."""
        for path, size in self.logs.items():
            with path.open("rb") as log:
                log.seek(size)
                yield log.read().decode(errors="replace")


class FaultyCluster:
    """All parts are well, and pods that name the data land on its holder, when it is opened: see open_cluster()."""

    def __init__(self, control: ControlPlane, locus: ManifestCluster, board: PodBoard) -> None:
        self.control = control
        self.locus = locus
        self.board = board
        self._faults = fault_table.read()
        self._count = 0

    def part(self, pod: str) -> Part:
        """As it runs now."""
        return self.locus.parts()[pod]

    def create(self, reads: str = DATA) -> str:
        """One more pod; empty: one that says nothing of inputs. Its name."""
        self._count += 1
        annotations = {"locus.dev/inputs": f"alluxio://{reads}"} if reads else {}
        requests = {"cpu": "10m", "memory": "16Mi"}
        container = {"name": "reader", "image": "never-pulled", "resources": {"requests": requests}}
        return self.board.create({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"reader-{self._count}", "annotations": annotations},
            "spec": {"schedulerName": "locus", "terminationGracePeriodSeconds": 0, "containers": [container]},
        })  # fmt: skip

    def place(self, reads: str = DATA, seconds: float = SOON_SECONDS) -> str:
        """The node of one more pod, which nobody refused on the way."""
        (binding,) = self.bound([self.create(reads)], seconds)
        return binding.node

    def bound(self, pods: Sequence[str], seconds: float = SOON_SECONDS) -> list[Binding]:
        """All of them, within so many seconds, and none was unschedulable for a moment."""
        bindings = self.board.wait_bound(pods, seconds)
        assert self.board.refused(pods) == []
        return bindings

    def place_both(self, seconds: float = SOON_SECONDS) -> str:
        """A pod that reads and one that does not; the node of the first."""
        pods = [self.create(), self.create("")]
        return next(one.node for one in self.bound(pods, seconds) if one.pod == pods[0])

    def nodes(self, pods: Sequence[str]) -> list[str]:
        """Of those that are bound, in the order of creation."""
        return [one.node for one in self.board.bindings(pods)]

    def values(self, program: str, series: str) -> list[float]:
        """Of each process of it that runs. `series` without labels: the sum over all of them."""
        found = []
        for part in self._of(program):
            with contextlib.suppress(urllib3.exceptions.HTTPError, ProcessDied):
                lines = [line.rpartition(" ") for line in part.page("/metrics").splitlines()]
                found.append(sum(
                    float(value) for name, _, value in lines if name == series or name.startswith(f"{series}{{")
                ))  # fmt: skip
        return found

    def watch(self, fault: str) -> Signs:
        """What tells of it has not told yet. `fault`: as docs/failures.md names it."""
        row = self._faults[fault]
        values = self.values(row.metric.part, row.metric.series)
        before = sum(values)
        assert row.metric.how == "grows" or not row.metric.shows(before, values), "it says so without the fault"
        logs = {part.process.log: part.process.log.stat().st_size for part in self._named(row.log[0])}
        return Signs(row, self, before, logs)

    def wait_well(self, seconds: float = _WELL_SECONDS) -> None:
        """Until all is as it was at first: each part is ready, each worker live, news fresh, and a pod that comes then
        lands on its data."""
        self._wait_none("parts that are not ready", seconds, self._unready)
        self._wait_none("parts that hear nobody", seconds, self._unheard)
        until("pod on its data", seconds, lambda: self.place() == HOLDER, every=0.2)
        assert self.place_both() == HOLDER
        self.board.remove_all()

    def _wait_none(self, what: str, seconds: float, find: Callable[[], list[str]]) -> None:
        found: list[str] = []

        def none() -> bool:
            found[:] = find()
            return not found

        try:
            until(f"end of {what}", seconds, none, every=0.2)
        except WaitedTooLong as problem:
            raise WaitedTooLong(f"{problem}: {found}") from problem

    def _unready(self) -> list[str]:
        paths = {pod: "/healthz" if pod in SCHEDULERS else "/readyz" for pod in self.locus.parts()}
        return [pod for pod, path in paths.items() if not self._answers(pod, path)]

    def _answers(self, pod: str, path: str) -> bool:
        part = self.part(pod)
        return part.process.running() and part.answers(path)

    def _unheard(self) -> list[str]:
        live = {pod: self.part(pod).metric('locus_meta_workers{state="live"}') for pod in METAS}
        ages = {pod: self.part(pod).metric("locus_extender_metadata_age_seconds") or 0 for pod in EXTENDERS}
        return [
            *(f"{pod}: {count} workers" for pod, count in live.items() if count != len(WORKERS)),
            *(f"{pod}: {age} s old" for pod, age in ages.items() if not 0 <= age < 5),
        ]

    def _of(self, program: str) -> list[Part]:
        return [part for part in self._named(program) if part.process.running()]

    def _named(self, program: str) -> list[Part]:
        prefix = "locus-scheduler" if program == "locus-extender" else program
        return [
            part for pod, part in self.locus.parts().items()
            if (pod in SCHEDULERS) == (program == "kube-scheduler")
            and (program == "kube-scheduler" or pod.startswith(prefix))
        ]  # fmt: skip


@contextlib.contextmanager
def open_cluster(
    run_folder: Path,
    prepare: Prepare | None = None,
    objects: Sequence[Object] | None = None,
    caller: Caller | None = None,
) -> Iterator[FaultyCluster]:
    """Its control plane is its own. `prepare`: of the folder that holds the nodes' file systems, before anything runs
    there. `objects`: in place of those of the overlay store; `caller`: who may fill the caches then."""
    binary = settings.kubeplane()
    assert binary is not None
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(dir=run_folder)))
        control = ControlPlane(binary, folder / "kube", ends.enter_context(Processes(folder)))
        nodes = folder / "nodes"
        _lay_out(nodes)
        if prepare is not None:
            prepare(nodes)
        cluster.add_nodes(control.api, [Node(name, address, 64000, 65536, 1000) for name, address in NODES.items()])
        for node in NODES:
            labels = {"kubernetes.io/os": "linux"}
            labels |= {"locus.dev/worker": "enabled"} if node in WORKERS else {}
            control.api.patch(f"/api/v1/nodes/{node}", {"metadata": {"labels": labels}})
        locus = ManifestCluster(control, settings.programs(), nodes, NODES, (free_port(), free_port()))
        ends.callback(locus.close)
        board = PodBoard(control.api)
        ends.callback(board.close)
        ends.enter_context(installed(control, objects or rendered.kustomize("overlays/store")))
        wanted = {*METAS, *EXTENDERS, *SCHEDULERS, *map(worker_of, WORKERS)}

        def complete() -> bool:
            assert locus.problem is None, locus.problem
            return locus.parts().keys() == wanted

        until("complete installation", _INSTALLED_SECONDS, complete, every=0.2)
        scene = FaultyCluster(control, locus, board)
        files = [CachedFile(HOLDER, f"{DATA}/part-{number}", "MEM") for number in range(_FILES)]
        channel = caller.channel if caller else cache_client.plaintext
        cache_client.load({HOLDER: scene.part(worker_of(HOLDER)).target}, files, channel)
        scene.wait_well()
        yield scene
        assert locus.problem is None, locus.problem


def _lay_out(nodes: Path) -> None:
    """An under-store that all nodes show."""
    origin = nodes / "origin" / DATA.lstrip("/")
    origin.mkdir(parents=True)
    for number in range(_FILES):
        (origin / f"part-{number}").write_bytes(os.urandom(_FILE_BYTES))
    for node in WORKERS:
        (nodes / node / "srv").mkdir(parents=True)
        (nodes / node / "srv" / "data").symlink_to(nodes / "origin")
