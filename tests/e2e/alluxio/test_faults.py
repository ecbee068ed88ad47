"""Workers and the master die and come back; nothing of ours is restarted."""

import time
from collections.abc import Callable

import pytest
from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.questions import Sampler
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.waiting import until

FOLDER = "/faults"
BLOCK = 64 << 10
BLOCKS = 30
VICTIM = "127.0.0.13"
# workers.lost_after, which stands at its default; a promise.
LOST_AFTER_SECONDS = 10.0
# Between two answers of this test's.
STEP_SECONDS = 0.02
MASTER_AWAY_SECONDS = 12.0


@pytest.fixture(scope="module")
def data(cluster: AlluxioCluster, sources: dict[str, AlluxioStack]) -> truth.Truth:
    """Ten blocks on each worker, known to both."""
    cluster.driver.call("write", path=f"{FOLDER}/x", size=BLOCKS * BLOCK, block=BLOCK, type="CACHE_THROUGH")
    expected = truth.settled(cluster, FOLDER)
    for stack in sources.values():
        truth.agrees(stack.ask, FOLDER, expected, 15)
    return expected


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_a_worker_that_is_killed_stops_counting_in_time_and_returns_with_its_blocks(
    source: str,
    cluster: AlluxioCluster,
    sources: dict[str, AlluxioStack],
    data: truth.Truth,
    record_property: Callable[[str, object], None],
) -> None:
    """Alluxio's master itself goes on telling of its blocks for five minutes."""
    stack = sources[source]
    pids = stack.pids()
    others = {key: size for key, size in data.held().items() if key[0] != VICTIM}
    with stack.ask.want(FOLDER):
        worker = cluster.workers[VICTIM]
        killed = time.monotonic()
        cluster.kill(worker)
        until("end of its blocks", LOST_AFTER_SECONDS + STEP_SECONDS, lambda: stack.ask.one(FOLDER).held == others)
        record_property("stopped counting after", f"{time.monotonic() - killed:.2f} s")
        assert stack.ask.workers()[VICTIM].state != _live(stack)
        cluster.start(worker)
        cluster.wait_registered(60)
        settled = truth.settled(cluster, FOLDER, 60)
        assert settled == data, "Alluxio's worker did not come back with its blocks"
        took = truth.agrees(stack.ask, FOLDER, settled, 10)
        record_property("whole again", f"{took:.2f} s after Alluxio was")
    assert stack.ask.workers()[VICTIM].state == _live(stack)
    assert stack.pids() == pids


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_a_master_that_restarts_takes_no_block_out_of_the_answers(
    source: str,
    cluster: AlluxioCluster,
    sources: dict[str, AlluxioStack],
    data: truth.Truth,
    record_property: Callable[[str, object], None],
) -> None:
    """It is away for longer than a worker may be, and afterwards says for a while that there are no workers."""
    stack = sources[source]
    (master,) = cluster.masters.values()
    pids = stack.pids()
    with stack.ask.want(FOLDER), Sampler(stack.ask, FOLDER, STEP_SECONDS) as sampler:
        until("an answer", 5, sampler.last)
        cluster.kill(master)
        killed = time.monotonic()
        until("an answer that says it is stale", LOST_AFTER_SECONDS, lambda: _stale(sampler))
        record_property("stale after", f"{time.monotonic() - killed:.2f} s")
        while time.monotonic() < killed + MASTER_AWAY_SECONDS:
            time.sleep(STEP_SECONDS)
        cluster.start(master)
        cluster.wait_registered(90)
        registered = time.monotonic()
        until("a fresh answer", 15, lambda: not _stale(sampler))
        record_property("fresh again", f"{time.monotonic() - registered:.2f} s after the workers had registered")
        truth.agrees(stack.ask, FOLDER, truth.settled(cluster, FOLDER, 60), 10)
    never_failed(sampler, data)
    assert stack.pids() == pids


def never_failed(sampler: Sampler, data: truth.Truth) -> None:
    """Every question got an answer, with all blocks in it."""
    assert sampler.errors == []
    wrong = [answer for _, answer in sampler.answers if (answer.state, answer.held) != ("KNOWN", data.held())]
    assert wrong == [], f"{len(wrong)} of {len(sampler.answers)} answers; the first: {wrong[0]}"


def _stale(sampler: Sampler) -> bool:
    last = sampler.last()
    return last is not None and last.stale


def _live(stack: AlluxioStack) -> int:
    live = stack.ask.workers()["127.0.0.11"]
    return int(live.State.Value("LIVE"))
