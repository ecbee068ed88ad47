"""Each part, started as its manifest says, works at a real API server with the token of its own service account."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from locus_e2e import cluster, manifest_pod, patience, rendered, session, settings, spark
from locus_e2e.cluster import Node, PodBoard
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import installed, token
from locus_e2e.kube_api import Object
from locus_e2e.locality_double import Block, LocalityDouble
from locus_e2e.ports import free_port
from locus_e2e.processes import Process, Processes
from locus_e2e.waiting import until

_LOCAL = "127.0.0.1"
_TABLE = "alluxio:///rights/table"
_MIB = 1 << 20
_NODES = [Node(f"rights-{number}", f"10.79.0.{number}", 8000, 16384) for number in (1, 2, 3)]
_HOLDER = _NODES[1].name
_SECONDS = 60.0
_HTTP = urllib3.PoolManager(retries=False, timeout=5.0, cert_reqs="CERT_NONE")


@dataclass(frozen=True)
class Part:
    """A container of an installation that runs here."""

    process: Process
    # Of the port that probes ask.
    admin: str
    # Of the other one, if it has one.
    url: str

    def page(self, path: str) -> str:
        """Of the admin port."""
        self.process.check()
        return str(_HTTP.request("GET", self.admin + path).data.decode())

    def metric(self, series: str) -> float | None:
        """None: there is none of that name."""
        lines = self.page("/metrics").splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} ")), None)


class Runner:
    """Starts containers of an installation on `control`, as the kubelet would, with a token of their account."""

    def __init__(self, control: ControlPlane, objects: Sequence[Object], folder: Path, processes: Processes) -> None:
        self._control = control
        self._objects = objects
        self._folder = folder
        self._processes = processes

    def ours(self, kind: str, workload: str, container: str, program: Path, *added: str, service: str = "") -> Part:
        """One of our servers; `added`: further arguments. `service`: prefix of the admin port's field."""
        found, account = self._prepare(kind, workload, container)
        kubernetes = f"{'nodes.' if container == 'locus-meta' else ''}kubernetes"
        ports = {field: self._folder / f"{container}.{field}.port" for field in ("listen", f"admin{service}")}
        # A process of this machine has no service account where a pod's is mounted.
        kubeconfig = self._control.kubeconfig_of((account / "token").read_text(), self._folder / f"{container}.conf")
        words = [*found.words, f"--set={kubernetes}.in_cluster=false", f"--set={kubernetes}.kubeconfig={kubeconfig}"]
        for field, path in ports.items():
            words += [f"--set={field}.port=0", f"--set={field}.port_file={path}", f"--set={field}.address={_LOCAL}"]
        process = self._processes.start(container, [program, *words, *added])

        def url(path: Path) -> str | None:
            process.check()
            text = path.read_text() if path.exists() else ""
            return f"http://{_LOCAL}:{int(text)}" if text else None

        service_url, admin = (
            until(f"{field} port of {container}", _SECONDS, lambda path=path: url(path))  # type: ignore[misc]
            for field, path in ports.items()
        )
        return Part(process, admin, service_url)

    def scheduler(self, binary: Path, extender: str) -> Part:
        """kube-scheduler with its shipped configuration; only addresses differ."""
        found, _ = self._prepare("Deployment", "locus-scheduler", "kube-scheduler")
        config = manifest_pod.config_file(found)
        text = config.read_text()
        assert "http://127.0.0.1:8900" in text
        config.write_text(text.replace("http://127.0.0.1:8900", extender))
        kubeconfig = config.with_name("scheduler.conf")
        kubeconfig.write_text(kubeconfig.read_text().replace("https://kubernetes.default.svc", self._control.url))
        port = free_port()
        # In a pod it finds these two by itself.
        callers = [f"--{check}-kubeconfig={kubeconfig}" for check in ("authentication", "authorization")]
        process = self._processes.start(
            "kube-scheduler", [binary, "scheduler", *found.words, f"--secure-port={port}", "--bind-address", _LOCAL,
                               *callers, "-v", "2"],
        )  # fmt: skip
        return Part(process, f"https://{_LOCAL}:{port}", "")

    def _prepare(self, kind: str, workload: str, container: str) -> tuple[manifest_pod.Arguments, Path]:
        one = rendered.find(self._objects, kind, workload)
        pod = manifest_pod.pod_of(one, workload, _NODES[0].name)
        account = self._folder / f"{container}-account"
        account.mkdir()
        (account / "token").write_text(
            token(self._control, pod["spec"]["serviceAccountName"], pod["metadata"]["namespace"])
        )
        (account / "ca.crt").write_text(self._control.certificate.read_text())
        folder = self._folder / container
        return manifest_pod.arguments(self._objects, pod, container, folder, account), account


@pytest.fixture
def nodes(control: ControlPlane) -> Iterator[None]:
    """Three on paper."""
    cluster.add_nodes(control.api, _NODES)
    try:
        yield
    finally:
        cluster.remove_nodes(control.api, _NODES)


@pytest.fixture
def board(control: ControlPlane, nodes: None) -> Iterator[PodBoard]:
    """Of pods, which are gone at the end."""
    found = PodBoard(control.api)
    try:
        yield found
    finally:
        found.remove_all()
        found.close()


@pytest.fixture
def run(control: ControlPlane, tmp_path: Path) -> Iterator[Callable[[list[Object]], Runner]]:
    """Installs objects and runs parts of them; all ends with the test."""
    with contextlib.ExitStack() as ends:

        def of(objects: list[Object]) -> Runner:
            ends.enter_context(installed(control, objects))
            processes = ends.enter_context(Processes(tmp_path))
            return Runner(control, objects, tmp_path, processes)

        yield of


@pytest.fixture
def double(run_folder: Path) -> Iterator[LocalityDouble]:
    """A locus-meta that knows one table, on one node."""
    found = LocalityDouble({_TABLE: [Block(64 * _MIB, (_HOLDER,))] * 8})
    yield found
    found.close()


def _gated(name: str) -> Object:
    app = spark.application(name, (_TABLE,), 1, 1)
    app.annotations["locus.dev/policy"] = "wait"
    return patience.gated(spark.executor(app, 1, "locus"))


def _extender_words(double: LocalityDouble) -> list[str]:
    return [f"--set=metadata.target={double.target}"]


# kube-scheduler signs its own certificate, as it does in the pod.
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@session.every_version
def test_the_schedulers_pod_opens_a_gate_and_places_the_pod_on_its_data(
    control: ControlPlane, run: Callable[[list[Object]], Runner], double: LocalityDouble, board: PodBoard
) -> None:
    """kube-scheduler and extender under one account: both leases, the gate, the binding and the event on the pod."""
    runner = run(rendered.kustomize("overlays/store"))
    extender = runner.ours(
        "Deployment", "locus-scheduler", "locus-extender", settings.programs().extender, *_extender_words(double),
        service=".listen",
    )  # fmt: skip
    scheduler = runner.scheduler(control.binary, extender.url)
    until("lead of the gate", _SECONDS, lambda: extender.metric("locus_extender_gate_leader") == 1)
    until("health of kube-scheduler", _SECONDS, lambda: _healthy(scheduler))
    pod = board.create(_gated("scheduled"))
    (binding,) = board.wait_bound([pod], _SECONDS)
    assert binding.node == _HOLDER
    until("event on the pod", _SECONDS, lambda: "LocalityPlaced" in dict(board.events(pod)))
    leases = control.api.get("/apis/coordination.k8s.io/v1/namespaces/locus/leases")["items"]
    assert {lease["metadata"]["name"] for lease in leases} == {"locus-gate", "locus-scheduler"}
    for part in (extender, scheduler):
        assert "forbidden" not in part.process.log.read_text().lower()
    for lease in leases:
        control.api.delete(f"/apis/coordination.k8s.io/v1/namespaces/locus/leases/{lease['metadata']['name']}")


def test_an_extender_beside_the_clusters_scheduler_opens_gates(
    control: ControlPlane, run: Callable[[list[Object]], Runner], double: LocalityDouble, board: PodBoard
) -> None:
    """Under an account of its own."""
    runner = run(rendered.kustomize("overlays/existing-scheduler"))
    extender = runner.ours(
        "DaemonSet", "locus-extender", "locus-extender", settings.programs().extender, *_extender_words(double),
        service=".listen",
    )  # fmt: skip
    until("lead of the gate", _SECONDS, lambda: extender.metric("locus_extender_gate_leader") == 1)
    pod = board.create(_gated("opened"))
    board.wait_opened([pod], _SECONDS)
    assert board.pod(pod)["metadata"]["annotations"]["locus.dev/planned-node"] == _HOLDER
    assert "forbidden" not in extender.process.log.read_text().lower()
    control.api.delete("/apis/coordination.k8s.io/v1/namespaces/locus/leases/locus-gate")


def test_locus_meta_knows_the_pods_of_applications(run: Callable[[list[Object]], Runner], board: PodBoard) -> None:
    """For the front."""
    runner = run(rendered.kustomize("overlays/store"))
    meta = runner.ours("Deployment", "locus-meta", "locus-meta", settings.programs().meta, "--set=front.listen.port=0")
    executor = spark.executor(spark.application("seen", (), 1, 1), 1, "nobody")
    executor["spec"]["nodeName"] = _HOLDER
    board.create(executor)
    until("the executor", _SECONDS, lambda: meta.metric("locus_meta_front_pods") == 1)
    assert "forbidden" not in meta.process.log.read_text().lower()


def test_locus_meta_before_alluxio_knows_nodes(run: Callable[[list[Object]], Runner], nodes: None) -> None:
    """For matching workers to them, whether a master answers or not."""
    runner = run(rendered.kustomize("overlays/agent"))
    meta = runner.ours("Deployment", "locus-meta", "locus-meta", settings.programs().meta, "--set=front.listen.port=0")
    until("all nodes", _SECONDS, lambda: meta.metric("locus_meta_kube_nodes") == len(_NODES))
    assert "forbidden" not in meta.process.log.read_text().lower()


def _healthy(scheduler: Part) -> bool:
    scheduler.process.check()
    try:
        return _HTTP.request("GET", f"{scheduler.admin}/healthz").status == 200
    except urllib3.exceptions.HTTPError:
        return False
