"""Stands for controllers and kubelets of a cluster in which Locus is installed: what is applied to the API server runs
as processes of this machine, and its status says so.

Runs what the manifests say, with the rights of their accounts, at ports and addresses that this machine has. Names of
services do not resolve here: instead, each part is told the address of what the name stands for.
"""

import threading
import time
from collections.abc import Mapping
from pathlib import Path

import urllib3

from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import MERGE, ApiError, Object
from locus_e2e.manifest_runner import Part, Runner
from locus_e2e.processes import Processes
from locus_e2e.rendered import NAMESPACE
from locus_e2e.settings import Programs
from locus_e2e.waiting import until

_APPS = f"/apis/apps/v1/namespaces/{NAMESPACE}"
_BEAT_SECONDS = 0.2
_SECONDS = 60.0
# Between two starts of a container, at least. A kubelet's grow to minutes.
_PAUSE_SECONDS = 1.0


class ManifestCluster:
    """A thread of its own, from construction to close(). The order in which parts come is that of their dependence."""

    def __init__(
        self,
        control: ControlPlane,
        programs: Programs,
        folder: Path,
        nodes: Mapping[str, str],
        ports: tuple[int, int],
    ) -> None:
        """`nodes`: name -> address; the root of a node's file system is folder/<name>. `ports`: of the first
        locus-meta, and of the extender beside the kube-scheduler that leads."""
        self._control = control
        self._programs = programs
        self._folder = folder
        self._nodes = dict(nodes)
        self._meta_port, self._extender_port = ports
        self._processes = Processes(folder)
        self._parts: dict[str, Part] = {}
        # Pods whose containers are not started again, and what starts others in place of their own command.
        self._away: set[str] = set()
        self._starters: dict[str, tuple[str, ...]] = {}
        # When each may be started again.
        self._earliest: dict[str, float] = {}
        self._closing = threading.Event()
        # What ended the thread before its time.
        self.problem: Exception | None = None
        # Processes end with the thread that starts them.
        self._thread = threading.Thread(target=self._run, name="controllers", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends all that runs."""
        self._closing.set()
        self._thread.join()

    def parts(self) -> dict[str, Part]:
        """Name of the pod -> what runs there; for kube-scheduler with its name behind it."""
        return dict(self._parts)

    def kill(self, pod: str) -> None:
        """kill -9 of one of parts(); its kubelet starts it again."""
        self._parts[pod].process.kill()

    def take_away(self, *pods: str) -> None:
        """kill -9, and nobody starts them again before bring_back()."""
        self._away.update(pods)
        for pod in pods:
            self.kill(pod)

    def bring_back(self, *pods: str) -> None:
        """Of those that were taken away, at their earlier ports."""
        self._away.difference_update(pods)

    def start_by(self, pod: str, *words: str) -> None:
        """kill -9, and from then on it is started by these words before its command; none: by its command."""
        self._starters[pod] = words
        self.kill(pod)

    def _run(self) -> None:
        try:
            while not self._closing.wait(_BEAT_SECONDS):
                self._restart()
                self._look_if_possible()
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = problem
        self._processes.close()

    def _restart(self) -> None:
        """Containers end and are started again: kube-scheduler does so when it loses its Lease."""
        now = time.monotonic()
        for pod, part in list(self._parts.items()):
            if pod in self._away or part.process.running() or now < self._earliest.get(pod, 0):
                continue
            self._earliest[pod] = now + _PAUSE_SECONDS
            self._parts[pod] = part.again(self._processes, *self._starters.get(pod, ()))

    def _look_if_possible(self) -> None:
        """While the API server is away, kubelets go on with what they have."""
        try:
            self._look()
        except urllib3.exceptions.HTTPError:
            pass
        except ApiError as problem:
            if problem.status < 500:
                raise

    def _look(self) -> None:
        if any(item["metadata"]["name"] == NAMESPACE for item in self._control.api.get("/api/v1/namespaces")["items"]):
            self._renew()
            found = {
                one["metadata"]["name"]: {**one, "kind": kind}
                for kind, plural in (("Deployment", "deployments"), ("DaemonSet", "daemonsets"))
                for one in self._control.api.get(f"{_APPS}/{plural}")["items"]
            }
            # Others report to locus-meta, or ask it.
            for name in ("locus-meta", "locus-worker", "locus-scheduler"):
                if name in found:
                    self._start(found[name])

    def _renew(self) -> None:
        """Files of Secrets that have changed; a kubelet does so within about a minute."""
        secrets = self._objects("Secret")
        for part in list(self._parts.values()):
            part.renew(secrets)

    def _start(self, workload: Object) -> None:
        name = workload["metadata"]["name"]
        if name == "locus-worker":
            self._workers(workload)
            return
        start = self._meta if name == "locus-meta" else self._scheduler
        wanted = workload["spec"]["replicas"]
        for number in range(wanted):
            pod = f"{name}-{number}"
            if pod not in self._parts:
                start(workload, pod, number)
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), wanted)
        self._tell(workload, "deployments", counts)

    def _meta(self, workload: Object, pod: str, number: int) -> None:
        port = self._meta_port if number == 0 else 0
        # Workers come after it here, and need no name to find it.
        added = ["--set=front.listen.port=0", "--set=readiness.settle=500ms"]
        part = self._runner().ours(workload, "locus-meta", self._programs.meta, *added, pod=pod, port=port)
        self._ready(pod, part)

    def _scheduler(self, workload: Object, pod: str, number: int) -> None:
        port = self._extender_port if number == 0 else 0
        # In the stead of a Service: gRPC's words for addresses that are tried in turn.
        target = f"--set=metadata.target=ipv4:{','.join(self._metas())}"
        extender = self._runner().ours(
            workload, "locus-extender", self._programs.extender, target, pod=pod, port=port
        )
        scheduler = self._runner().scheduler(workload, self._control.binary, extender.target, pod=pod)
        until(f"health of {pod}", _SECONDS, lambda: scheduler.answers("/healthz"), every=0.1)
        if number == 0:
            until("lead of the first scheduler", _SECONDS, self._has_leader, every=0.1)
        self._parts[f"{pod}/kube-scheduler"] = scheduler
        self._ready(pod, extender)

    def _workers(self, workload: Object) -> None:
        metas = self._metas()
        if not metas:
            return
        selector = workload["spec"]["template"]["spec"]["nodeSelector"].items()
        nodes = self._control.api.get("/api/v1/nodes")["items"]
        labels = {one["metadata"]["name"]: one["metadata"]["labels"] for one in nodes}
        chosen = [name for name in self._nodes if selector <= labels.get(name, {}).items()]
        for node in chosen:
            pod = f"locus-worker-{node}"
            if pod in self._parts:
                continue
            # In the stead of the name's addresses.
            added = [f"--set=report.target={','.join(metas)}", "--set=alluxio.listen.port=0"]
            part = self._runner().ours(
                workload, "locus-worker", self._programs.worker, *added, pod=pod, node=node,
                address=self._nodes[node], root=self._folder / node,
            )  # fmt: skip
            self._ready(pod, part)
        names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberAvailable")
        counts = dict.fromkeys((*names, "numberReady"), len(chosen))
        self._tell(workload, "daemonsets", {**counts, "numberMisscheduled": 0})

    def _metas(self) -> list[str]:
        return [part.target for pod, part in self._parts.items() if pod.startswith("locus-meta-")]

    def _ready(self, pod: str, part: Part) -> None:
        until(f"readiness of {pod}", _SECONDS, lambda: part.answers("/readyz"), every=0.1)
        self._parts[pod] = part

    def _has_leader(self) -> bool:
        """Of kube-schedulers. Which one cannot be told, as all have this machine's name: the first is alone until it
        leads."""
        leases = self._control.api.get(f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases")["items"]
        return any(
            one["metadata"]["name"] == "locus-scheduler" and one["spec"].get("holderIdentity") for one in leases
        )

    def _tell(self, workload: Object, plural: str, counts: Mapping[str, int]) -> None:
        metadata = workload["metadata"]
        status = {"observedGeneration": metadata["generation"], **counts}
        try:
            self._control.api.patch(f"{_APPS}/{plural}/{metadata['name']}/status", {"status": status}, MERGE)
        except ApiError as problem:
            # Deleted meanwhile.
            if problem.status != 404:
                raise

    def _runner(self) -> Runner:
        objects = [*self._objects("ConfigMap"), *self._objects("Secret")]
        return Runner(self._control, objects, self._folder, self._processes)

    def _objects(self, kind: str) -> list[Object]:
        items = self._control.api.get(f"/api/v1/namespaces/{NAMESPACE}/{kind.lower()}s")["items"]
        return [{**one, "kind": kind} for one in items]
