"""Clients do harm, by mistake or on purpose, while pods come: none is unschedulable, metric and log line tell."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from locus_e2e import faulty_cluster, rude_clients
from locus_e2e.faulty_cluster import EXTENDERS, HOLDER, METAS, FaultyCluster, worker_of

# kube-scheduler signs its own certificate.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

_BAD, _CONNECTIONS = 10_000, 10_000
# limits.connections_per_address, and so few that it is passed.
_PER_ADDRESS, _FEW_ADDRESSES = 2048, 3
_HEAD = b"POST /prioritize HTTP/1.1\r\nHost: a\r\nX: "
_BODY = b"POST /prioritize HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
_ASK = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
# Fewer than http.threads, all kinds together: they hold one each.
_SLOW = 8
# http.io_timeout is 5 s.
_SLOW_SECONDS = 20.0


@pytest.fixture(scope="module")
def scene(run_folder: Path) -> Iterator[FaultyCluster]:
    """One for all tests: each leaves it as it found it."""
    with faulty_cluster.open_cluster(run_folder) as opened:
        yield opened


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process may hold as many connections as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _hosts(scene: FaultyCluster, pods: tuple[str, ...]) -> list[str]:
    return [scene.part(pod).target for pod in pods]


def _admin(scene: FaultyCluster, pod: str) -> str:
    return scene.part(pod).admin.removeprefix("http://")


def test_ten_thousand_bad_requests_come_among_good_ones(scene: FaultyCluster) -> None:
    """At the extender that is asked and at a locus-meta. Each good call of the real kube-scheduler is answered: its pod
    lands on its data."""
    signs = scene.watch("10,000 bad requests among good ones")
    targets = [(_hosts(scene, EXTENDERS)[0], rude_clients.TO_EXTENDER)] * 3
    targets += [(_hosts(scene, METAS)[0], rude_clients.TO_GRPC)]
    nodes = []
    with rude_clients.during(lambda: rude_clients.talk_nonsense(targets, _BAD)) as going_on:
        while going_on():
            nodes.append(scene.place_both())
    assert len(nodes) > 5 and set(nodes) == {HOLDER}
    signs.wait(5)
    scene.wait_well()


def test_clients_are_slow(scene: FaultyCluster) -> None:
    """To say what they want, and to take what they asked for: at an extender, a locus-meta and a worker."""
    signs = scene.watch("slow clients")
    extender, meta = _hosts(scene, EXTENDERS)[0], _hosts(scene, METAS)[0]
    worker = _admin(scene, worker_of(HOLDER))
    slow_at_worker = sum(scene.values("locus-worker", signs.fault.metric.series))
    starts = [(extender, _HEAD), (extender, _BODY), (worker, _HEAD), (meta, b"PRI * HT")] * _SLOW
    with rude_clients.dripping(starts), rude_clients.deaf([extender, worker], _ASK):
        assert [scene.place_both() for _ in range(5)] == [HOLDER] * 5
        signs.wait(_SLOW_SECONDS)
    assert sum(scene.values("locus-worker", signs.fault.metric.series)) > slow_at_worker
    scene.wait_well()


@pytest.mark.usefixtures("many_files")
def test_a_client_opens_ten_thousand_connections(scene: FaultyCluster) -> None:
    """To the extender, which closes most: pods go on being bound, and land on their data again afterwards. To a
    locus-meta, which closes what goes beyond limits.connections_per_address: pods land on their data all the time."""
    signs = scene.watch("10,000 connections to an extender")
    with rude_clients.crowd(_hosts(scene, EXTENDERS)[0], _CONNECTIONS) as closed:
        assert closed > _CONNECTIONS * 0.9
        signs.wait(5)
        scene.place_both()
    scene.wait_well()
    signs = scene.watch("10,000 connections to a locus-meta")
    with rude_clients.crowd(_hosts(scene, METAS)[0], _CONNECTIONS, _FEW_ADDRESSES) as closed:
        assert closed >= _CONNECTIONS - _FEW_ADDRESSES * _PER_ADDRESS
        signs.wait(5)
        assert [scene.place_both() for _ in range(3)] == [HOLDER] * 3
    scene.wait_well()
