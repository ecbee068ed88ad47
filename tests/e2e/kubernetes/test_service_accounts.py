"""Each part, started as its manifest says, works at a real API server with the token of its own service account."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import cluster, patience, rendered, session, settings, spark
from locus_e2e.cluster import Node, PodBoard
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import installed
from locus_e2e.kube_api import Object
from locus_e2e.locality_double import Block, LocalityDouble
from locus_e2e.manifest_runner import Part, Runner
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

_TABLE = "alluxio:///rights/table"
_MIB = 1 << 20
_NODES = [Node(f"rights-{number}", f"10.79.0.{number}", 8000, 16384) for number in (1, 2, 3)]
_HOLDER = _NODES[1].name
_SECONDS = 60.0


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


def _metadata(double: LocalityDouble) -> str:
    return f"--set=metadata.target={double.target}"


def _meta(run: Callable[[list[Object]], Runner], overlay: str) -> Part:
    objects = rendered.kustomize(f"overlays/{overlay}")
    workload = rendered.find(objects, "Deployment", "locus-meta")
    return run(objects).ours(workload, "locus-meta", settings.programs().meta, "--set=front.listen.port=0")


# kube-scheduler signs its own certificate, as it does in the pod.
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@session.every_version
def test_the_schedulers_pod_opens_a_gate_and_places_the_pod_on_its_data(
    control: ControlPlane, run: Callable[[list[Object]], Runner], double: LocalityDouble, board: PodBoard
) -> None:
    """kube-scheduler and extender under one account: both leases, the gate, the binding and the event on the pod."""
    objects = rendered.kustomize("overlays/store")
    runner = run(objects)
    pod_of = rendered.find(objects, "Deployment", "locus-scheduler")
    extender = runner.ours(pod_of, "locus-extender", settings.programs().extender, _metadata(double))
    scheduler = runner.scheduler(pod_of, control.binary, extender.target)
    until("lead of the gate", _SECONDS, lambda: extender.metric("locus_extender_gate_leader") == 1)
    until("health of kube-scheduler", _SECONDS, lambda: scheduler.answers("/healthz"))
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
    objects = rendered.kustomize("overlays/existing-scheduler")
    workload = rendered.find(objects, "DaemonSet", "locus-extender")
    extender = run(objects).ours(workload, "locus-extender", settings.programs().extender, _metadata(double))
    until("lead of the gate", _SECONDS, lambda: extender.metric("locus_extender_gate_leader") == 1)
    pod = board.create(_gated("opened"))
    board.wait_opened([pod], _SECONDS)
    assert board.pod(pod)["metadata"]["annotations"]["locus.dev/planned-node"] == _HOLDER
    assert "forbidden" not in extender.process.log.read_text().lower()
    control.api.delete("/apis/coordination.k8s.io/v1/namespaces/locus/leases/locus-gate")


def test_locus_meta_knows_the_pods_of_applications(run: Callable[[list[Object]], Runner], board: PodBoard) -> None:
    """For the front."""
    meta = _meta(run, "store")
    executor = spark.executor(spark.application("seen", (), 1, 1), 1, "nobody")
    executor["spec"]["nodeName"] = _HOLDER
    board.create(executor)
    until("the executor", _SECONDS, lambda: meta.metric("locus_meta_front_pods") == 1)
    assert "forbidden" not in meta.process.log.read_text().lower()


def test_locus_meta_before_alluxio_knows_nodes(run: Callable[[list[Object]], Runner], nodes: None) -> None:
    """For matching workers to them, whether a master answers or not."""
    meta = _meta(run, "agent")
    until("all nodes", _SECONDS, lambda: meta.metric("locus_meta_kube_nodes") == len(_NODES))
    assert "forbidden" not in meta.process.log.read_text().lower()
