"""Workers and the master die and come back; nothing of ours is restarted."""

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

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


def test_a_worker_that_is_killed_stops_counting_in_time_and_returns_with_its_blocks(
    cluster: AlluxioCluster,
    sources: dict[str, AlluxioStack],
    data: truth.Truth,
    record_property: Callable[[str, object], None],
) -> None:
    """With agents and without. Alluxio's master itself goes on telling of its blocks for five minutes."""
    pids = {source: stack.pids() for source, stack in sources.items()}
    others = {key: size for key, size in data.held().items() if key[0] != VICTIM}
    worker = cluster.workers[VICTIM]
    with wanted(sources):
        killed = time.monotonic()
        cluster.kill(worker)
        counting = set(sources)
        while counting:
            assert time.monotonic() - killed < LOST_AFTER_SECONDS + STEP_SECONDS, f"still counts with {counting}"
            for source in sorted(counting):
                if sources[source].ask.one(FOLDER).held == others:
                    counting.remove(source)
                    record_property(source, f"stopped counting after {time.monotonic() - killed:.2f} s")
            time.sleep(STEP_SECONDS)
        for source, stack in sources.items():
            assert stack.ask.workers()[VICTIM].state != _live(stack), source
        cluster.start(worker)
        cluster.wait_registered(60)
        settled = truth.settled(cluster, FOLDER, 60)
        assert settled == data, "Alluxio's worker did not come back with its blocks"
        for source, stack in sources.items():
            took = truth.agrees(stack.ask, FOLDER, settled, 10)
            record_property(source, f"whole again {took:.2f} s after Alluxio was")
            assert stack.ask.workers()[VICTIM].state == _live(stack)
    assert {source: stack.pids() for source, stack in sources.items()} == pids


def test_a_master_that_restarts_takes_no_block_out_of_the_answers(
    cluster: AlluxioCluster,
    sources: dict[str, AlluxioStack],
    data: truth.Truth,
    record_property: Callable[[str, object], None],
) -> None:
    """It is away for longer than a worker may be, and afterwards says for a while that there are no workers."""
    (master,) = cluster.masters.values()
    pids = {source: stack.pids() for source, stack in sources.items()}
    with wanted(sources), ExitStack() as ends:
        samplers = {
            source: ends.enter_context(Sampler(stack.ask, FOLDER, STEP_SECONDS)) for source, stack in sources.items()
        }
        until("answers", 5, lambda: all(sampler.last() for sampler in samplers.values()))
        cluster.kill(master)
        killed = time.monotonic()
        until("answers that say they are stale", LOST_AFTER_SECONDS, lambda: _stale(samplers) == set(samplers))
        while time.monotonic() < killed + MASTER_AWAY_SECONDS:
            time.sleep(STEP_SECONDS)
        cluster.start(master)
        cluster.wait_registered(90)
        registered = time.monotonic()
        until("fresh answers", 15, lambda: not _stale(samplers))
        expected = truth.settled(cluster, FOLDER, 60)
        for stack in sources.values():
            truth.agrees(stack.ask, FOLDER, expected, 10)
    for source, sampler in samplers.items():
        never_failed(sampler, data)
        stale = [when for when, answer in sampler.answers if answer.stale]
        record_property(source, f"stale {stale[0] - killed:.2f} s after the master's end")
        record_property(source, f"fresh {max(0.0, stale[-1] - registered):.2f} s after workers had registered")
    assert {source: stack.pids() for source, stack in sources.items()} == pids


@contextlib.contextmanager
def wanted(sources: dict[str, AlluxioStack]) -> Iterator[None]:
    """While pods wait for the data."""
    with ExitStack() as ends:
        for stack in sources.values():
            ends.enter_context(stack.ask.want(FOLDER))
        yield


def never_failed(sampler: Sampler, data: truth.Truth) -> None:
    """Every question got an answer, with all blocks in it."""
    assert sampler.errors == []
    wrong = [answer for _, answer in sampler.answers if (answer.state, answer.held) != ("KNOWN", data.held())]
    assert wrong == [], f"{len(wrong)} of {len(sampler.answers)} answers; the first: {wrong[0]}"


def _stale(samplers: dict[str, Sampler]) -> set[str]:
    """Those whose newest answer is."""
    last = {source: sampler.last() for source, sampler in samplers.items()}
    return {source for source, answer in last.items() if answer and answer.stale}


def _live(stack: AlluxioStack) -> int:
    live = stack.ask.workers()["127.0.0.11"]
    return int(live.State.Value("LIVE"))
