"""What each part is worth where data lie on some nodes and executors are fewer than nodes: stock, placement alone, the
front alone, both. And a holder that is full at first."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from locus_e2e import spark as spark_pods
from locus_e2e.cluster import PodBoard
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import EXECUTORS_PER_NODE, NODES, SparkSite
from locus_e2e.waiting import until

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

HOLDERS, OTHER = NODES[:2], NODES[2]
GATE = "locus.dev/locality"
LOCAL = 0.99


class _Blockers:
    """Pods that only take the room of an executor."""

    def __init__(self, board: PodBoard) -> None:
        self._board = board
        self._number = 0

    def add(self, node: str, count: int) -> list[str]:
        names = []
        for _ in range(count):
            self._number += 1
            manifest = spark_pods.executor(spark_pods.application("blocker", (), 1, 0), self._number, "nobody")
            # Not of an application: nothing is to be learnt from them.
            manifest["metadata"]["labels"] = {}
            manifest["spec"]["nodeName"] = node
            names.append(self._board.create(manifest))
        self._board.wait_bound(names, 10)
        return names


@pytest.fixture
def blockers(site: SparkSite) -> Iterator[_Blockers]:
    """Gone with the test; applications end first."""
    yield _Blockers(site.plane.board)
    site.plane.clear()


def test_placement_and_front_each_have_their_share_and_all_of_it_together(
    site: SparkSite, launch: Launch, blockers: _Blockers, one_sided: Table, record_property: Record
) -> None:
    """Two executors, data on two of three nodes, which are busier than the third: the stock scheduler goes there."""
    for node in HOLDERS:
        blockers.add(node, 1)
    inputs = [f"alluxio://{one_sided.path}"]
    crossed = {}
    for name, properties, nodes in (
        ("stock", {}, {OTHER: 2}),
        ("placed", conf.locality(inputs), dict.fromkeys(HOLDERS, 1)),
    ):
        with launch(name, properties, executors=2) as application:
            meter = Meter(site, application)
            assert meter.nodes() == nodes
            for way, uri in (("master", site.by_master), ("front", site.by_front)):
                found = meter.scan("binaryFile", uri(one_sided.path))
                record_property(f"{name}, through the {way}", found)
                assert found.sums == one_sided.sums
                crossed[name, way] = found.crossed / one_sided.bytes
                local = (name, way) == ("placed", "front")
                assert found.tasks.by_locality == Counter({"NODE_LOCAL" if local else "ANY": 12})
    # Nothing is near: all of it crosses. Placed, but dealt out without a look: some is near by chance.
    assert crossed["stock", "master"] >= 1
    assert crossed["stock", "front"] >= 1
    assert 0.1 < crossed["placed", "master"] < 0.9
    assert crossed["placed", "front"] <= 1 - LOCAL


def test_executors_that_wait_land_on_holders_that_were_full_at_first(
    site: SparkSite, launch: Launch, blockers: _Blockers, one_sided: Table, record_property: Record
) -> None:
    """Policy wait, with the gate in the pod template: while nobody has room the pods cost nothing; then they are planned
    together."""
    full = {node: blockers.add(node, EXECUTORS_PER_NODE) for node in HOLDERS}
    waiting = conf.locality([f"alluxio://{one_sided.path}"], policy="wait", max_wait="2m")
    application = launch("patient", waiting, executors=2, template={"gate": GATE})
    listed = "/api/v1/namespaces/default/pods?labelSelector=spark-app-name=patient"

    def gated() -> bool:
        pods = site.control.api.get(listed)["items"]
        return len(pods) == 2 and all(pod["spec"].get("schedulingGates") for pod in pods)

    def told() -> bool:
        pods = [pod["metadata"]["name"] for pod in site.control.api.get(listed)["items"]]
        return all("LocalityWaiting" in dict(site.plane.board.events(pod)) for pod in pods)

    until("executors at the gate", 60, gated, every=0.2)
    until("events that tell of it", 20, told, every=0.2)
    for names in full.values():
        site.plane.board.delete(names[0])
    with application:
        meter = Meter(site, application)
        assert meter.nodes() == dict.fromkeys(HOLDERS, 1)
        found = meter.scan("binaryFile", site.by_front(one_sided.path))
        record_property("after the wait", found)
        assert found.sums == one_sided.sums
        assert found.tasks.local() >= LOCAL
        assert found.crossed <= (1 - LOCAL) * one_sided.bytes
