"""Parts of an installed cluster go away while pods come: none is unschedulable, one metric and one log line tell."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from locus_e2e import clocks, faulty_cluster
from locus_e2e.faulty_cluster import EXTENDERS, HOLDER, METAS, SCHEDULERS, FaultyCluster, worker_of
from locus_e2e.waiting import until

# kube-scheduler signs its own certificate.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

# metadata.max_age is 10 s, and so is workers.lost_after.
_FORGOTTEN_SECONDS = 30.0
# A kube-scheduler's Lease holds for 15 s; then another one, or the same once more, takes it.
_TAKEN_OVER_SECONDS = 40.0
_OUTAGE_SECONDS = 60.0


@pytest.fixture(scope="module")
def scene(run_folder: Path) -> Iterator[FaultyCluster]:
    """One for all tests: each leaves it as it found it."""
    with faulty_cluster.open_cluster(run_folder) as opened:
        yield opened


# First: those that have started first lead.
def test_one_of_two_schedulers_goes(scene: FaultyCluster) -> None:
    """The one that leads, with the extender in its pod, which opens gates: the others take over."""
    leader = EXTENDERS[0]
    signs = scene.watch("one of two kube-schedulers gone, with the extender beside it")
    scene.locus.take_away(leader, f"{leader}/kube-scheduler")
    pods = [scene.create(), scene.create("")]
    signs.wait(_TAKEN_OVER_SECONDS)
    scene.bound(pods, _TAKEN_OVER_SECONDS)
    assert scene.nodes(pods[:1]) == [HOLDER]
    assert [scene.place_both() for _ in range(3)] == [HOLDER] * 3
    scene.locus.bring_back(leader, f"{leader}/kube-scheduler")
    scene.wait_well()


def test_one_of_two_locus_metas_goes(scene: FaultyCluster) -> None:
    """Whichever the extenders ask: no pod misses its data."""
    for meta in METAS:
        signs = scene.watch("one of two locus-metas gone")
        scene.locus.take_away(meta)
        assert [scene.place_both() for _ in range(4)] == [HOLDER] * 4
        signs.wait(20)
        scene.locus.bring_back(meta)
        scene.wait_well()


def test_every_locus_meta_goes(scene: FaultyCluster) -> None:
    """The last picture counts for a while; then pods go anywhere, as without Locus."""
    signs = scene.watch("every locus-meta gone")
    scene.locus.take_away(*METAS)
    assert [scene.place_both() for _ in range(2)] == [HOLDER] * 2
    until("pod elsewhere", _FORGOTTEN_SECONDS, lambda: scene.place_both() != HOLDER, every=0.5)
    signs.wait(5)
    scene.locus.bring_back(*METAS)
    scene.wait_well()


def test_the_api_server_goes_for_a_minute(scene: FaultyCluster) -> None:
    """Nobody can create or bind a pod then. The extender goes on with what it knows; afterwards all is as before."""
    signs = scene.watch("the API server gone for a minute")
    scene.control.kill_server()
    back = time.monotonic() + _OUTAGE_SECONDS
    try:
        signs.wait(_OUTAGE_SECONDS)
        until("end of the outage", _OUTAGE_SECONDS, lambda: time.monotonic() > back, every=0.5)
    finally:
        scene.control.start_server()
    # Those that have looked for it in vain look again after half a minute and more, whoever's pods these are.
    for scheduler in SCHEDULERS:
        scene.locus.kill(scheduler)
    assert scene.place_both(_TAKEN_OVER_SECONDS) == HOLDER
    scene.wait_well()


def _ahead(scene: FaultyCluster, pod: str) -> float:
    """Seconds, by what it wrote last."""
    return datetime.fromisoformat(scene.part(pod).process.tail(1).split()[0]).timestamp() - time.time()


@pytest.mark.parametrize("seconds", [300, -300], ids=["ahead", "behind"])
def test_clocks_differ_by_five_minutes(scene: FaultyCluster, seconds: int) -> None:
    """That of a worker, of a locus-meta, and of the extender that is asked, each alone: pods land on their data, and
    news is fresh. Ages are of steady clocks, and Leases are judged by when they were last seen to change."""
    for whose, pod in (("a worker", worker_of(HOLDER)), ("a locus-meta", METAS[0]), ("an extender", EXTENDERS[0])):
        signs = scene.watch(f"the clock of {whose} five minutes off")
        scene.locus.start_by(pod, *clocks.ahead_by(seconds))
        signs.wait(_FORGOTTEN_SECONDS)
        scene.wait_well()
        assert abs(_ahead(scene, pod) - seconds) < 60
        assert [scene.place_both() for _ in range(3)] == [HOLDER] * 3
        scene.locus.start_by(pod)
    scene.wait_well()
