"""Fewer executors than nodes, data on two of three: where executors go, when they wait, and what each part is worth."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from locus_e2e import spark as spark_pods
from locus_e2e.cluster import PODS, PodBoard
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
_SECONDS = 60.0


class _Blockers:
    """Pods that only take the room of an executor. They end with the module, after its applications."""

    def __init__(self, board: PodBoard) -> None:
        self._board = board
        self._number = 0

    def add(self, node: str, count: int) -> list[str]:
        """Returns their names."""
        names = []
        for _ in range(count):
            self._number += 1
            manifest = spark_pods.executor(spark_pods.application("blocker", (), 1, 0), self._number, "nobody")
            # Of no application: nothing is to be learnt from them.
            manifest["metadata"]["labels"] = {}
            manifest["spec"]["nodeName"] = node
            names.append(self._board.create(manifest))
        self._board.wait_bound(names, 10)
        return names


@pytest.fixture(scope="module")
def blockers(site: SparkSite) -> Iterator[_Blockers]:
    """None at first."""
    yield _Blockers(site.plane.board)
    site.plane.clear()


@pytest.fixture(scope="module")
def busy(blockers: _Blockers) -> dict[str, list[str]]:
    """Each holder has room for one executor, the third node for two; holder -> what takes its room."""
    return {node: blockers.add(node, EXECUTORS_PER_NODE - 1) for node in HOLDERS}


@pytest.fixture(scope="module")
def stock(site: SparkSite, launch: Launch, busy: dict[str, list[str]]) -> Iterator[Meter]:
    """Two executors, placed by the scheduler's own plugins."""
    with launch("stock", executors=2) as application:
        yield Meter(site, application)


@pytest.fixture(scope="module")
def patient(
    site: SparkSite, launch: Launch, busy: dict[str, list[str]], blockers: _Blockers, one_sided: Table
) -> Iterator[Meter]:
    """Two executors with policy wait, and the gate in their pod template. While they come no holder has room; then each
    has room for one."""
    full = [name for node in HOLDERS for name in blockers.add(node, 1)]
    waiting = conf.locality([f"alluxio://{one_sided.path}"], policy="wait", max_wait="5m")
    application = launch("patient", waiting, executors=2, template={"gate": GATE})

    def pods() -> list[dict[str, Any]]:
        return list(site.control.api.get(f"{PODS}?labelSelector=spark-app-name=patient")["items"])

    def told() -> bool:
        application.check()
        names = [pod["metadata"]["name"] for pod in pods()]
        events = [dict(site.plane.board.events(name)) for name in names]
        return len(events) == 2 and all("LocalityWaiting" in one for one in events)

    until("events of two executors that wait", _SECONDS, told, every=0.2)
    assert all(pod["spec"]["schedulingGates"] for pod in pods())
    for name in full:
        site.plane.board.delete(name)
    with application:
        yield Meter(site, application)


def test_executors_that_wait_land_on_holders_that_were_full_at_first(patient: Meter) -> None:
    """One on each, although the third node had room all the time."""
    assert patient.nodes() == dict.fromkeys(HOLDERS, 1)


def test_the_stock_scheduler_takes_the_node_that_is_least_busy(stock: Meter) -> None:
    """Where no block lies."""
    assert stock.nodes() == {OTHER: 2}


def test_placement_and_front_each_have_a_share_and_together_nothing_crosses(
    site: SparkSite, stock: Meter, patient: Meter, one_sided: Table, record_property: Record
) -> None:
    """Four scans of the same table: where executors are, and who tells them where blocks are."""
    crossed = {}
    for placing, meter in (("stock", stock), ("placed", patient)):
        for listing, uri in (("master", site.by_master), ("front", site.by_front)):
            found = meter.scan("binaryFile", uri(one_sided.path))
            record_property(f"{placing}, listed by the {listing}", found)
            assert found.sums == one_sided.sums
            expected = "NODE_LOCAL" if (placing, listing) == ("placed", "front") else "ANY"
            assert found.tasks.by_locality == {expected: len(one_sided.sizes)}
            crossed[placing, listing] = found.crossed / one_sided.bytes
            if expected == "NODE_LOCAL":
                assert not found.short_of(LOCAL, one_sided.bytes)
    # No executor is near a block, whoever lists.
    assert crossed["stock", "master"] >= 1
    assert crossed["stock", "front"] >= 1
    # Executors are near, but tasks are dealt out without a look: some are near their block by chance.
    assert 0.1 < crossed["placed", "master"] < 0.9


def test_an_executor_that_is_killed_in_mid_job_is_replaced_on_a_holder(
    site: SparkSite, patient: Meter, one_sided: Table, record_property: Record
) -> None:
    """The job ends well. What was listed before keeps the address of the dead one; the next listing has the new one."""
    tag = patient.begin("binaryFile", site.by_front(one_sided.path))
    until("first tasks", _SECONDS, lambda: patient.rest.finished(tag) >= 1, every=0.02)
    victim = patient.executors()[0]
    victim.process.kill()
    during = patient.end()
    record_property("killed in mid-job", during)
    assert during.sums == one_sided.sums

    until("replacement", _SECONDS, lambda: len(patient.rest.executors()) == len(HOLDERS), every=0.2)
    assert victim.seat.address not in patient.rest.executors().values()
    assert patient.nodes() == dict.fromkeys(HOLDERS, 1)
    after = patient.scan("binaryFile", site.by_front(one_sided.path))
    record_property("the next listing", after)
    assert after.sums == one_sided.sums
    assert not after.short_of(LOCAL, one_sided.bytes)
