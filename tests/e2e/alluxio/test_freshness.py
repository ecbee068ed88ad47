"""How long a block is on a worker's disk before an answer counts it, and how long an answer counts one that is gone."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from locus_e2e.alluxio import tier_folders, truth
from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.questions import Input, Sampler
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.waiting import until

FOLDER = "/fresh"
HOST = "127.0.0.12"
SAMPLES = 150
# All alike, so that the number of blocks follows from the bytes.
BLOCK = 8 << 10
# Between two blocks: the whole then lasts longer than several refreshes of the mirror.
PAUSE_SECONDS = 0.06
# The promises.
P99_SECONDS = {"both": 1.0, "alluxio": 5.0}
# Between two questions: what a delay may be told too long.
SAMPLE_SECONDS = {"both": 0.003, "alluxio": 0.02}


class _DiskWatch:
    """Sees block files of one worker come and go: its own view of the disk, with a time for each block."""

    def __init__(self, cluster: AlluxioCluster, blocks: set[int]) -> None:
        self._cluster = cluster
        self._blocks = blocks
        self._closed = threading.Event()
        self.came: list[float] = []
        self.went: list[float] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        folders = {HOST: self._cluster.tiers[HOST]}
        known = {one.block for one in tier_folders.replicas(folders)} & self._blocks
        while not self._closed.wait(0.002):
            now = time.monotonic()
            present = {one.block for one in tier_folders.replicas(folders)} & self._blocks
            self.came += [now] * len(present - known)
            self.went += [now] * len(known - present)
            known = present


@pytest.fixture(scope="module")
def blocks(cluster: AlluxioCluster, sources: dict[str, AlluxioStack]) -> list[int]:
    """Blocks of files that both know and no worker holds; each file is one block."""
    for number in range(SAMPLES):
        cluster.driver.call(
            "write", path=f"{FOLDER}/{number:03}", size=BLOCK, block=BLOCK, type="CACHE_THROUGH", host="127.0.0.11"
        )
    cluster.driver.call("free", path=FOLDER)
    until("blocks to be freed", 30, lambda: not truth.settled(cluster, FOLDER).cached())
    return [cluster.status(f"{FOLDER}/{number:03}")["block_ids"][0] for number in range(SAMPLES)]


def _times(answers: list[tuple[float, Input]], counts: Callable[[int, int], bool]) -> list[float]:
    """For k = 1, 2 ...: when an answer first counted k blocks."""
    found: list[float] = []
    for when, answer in answers:
        while len(found) < SAMPLES and counts(answer.on(HOST) // BLOCK, len(found) + 1):
            found.append(when)
    return found


def _judge(source: str, what: str, disk: list[float], said: list[float], record: Callable[[str, object], None]) -> None:
    assert len(disk) == len(said) == SAMPLES
    delays = sorted(after - before for before, after in zip(sorted(disk), said, strict=True))
    p50, p99 = delays[SAMPLES // 2], delays[int(SAMPLES * 0.99)]
    record(f"{source}, {what}", f"p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, of {SAMPLES}")
    assert p99 < P99_SECONDS[source]


def test_a_block_counts_soon_after_it_is_on_disk_and_no_longer_soon_after_it_is_gone(
    cluster: AlluxioCluster,
    sources: dict[str, AlluxioStack],
    blocks: list[int],
    record_property: Callable[[str, object], None],
) -> None:
    """Reads through one worker, one block after another; then each is removed from it. Pods wait for the input.

    With agents and without, in the same run.
    """
    with ExitStack() as ends:
        for stack in sources.values():
            ends.enter_context(stack.ask.want(FOLDER))
            truth.agrees(stack.ask, FOLDER, truth.settled(cluster, FOLDER), 10)
        disk = ends.enter_context(contextlib.closing(_DiskWatch(cluster, set(blocks))))
        with _sampled(sources) as cached:
            for number in range(SAMPLES):
                cluster.driver.call("read", path=f"{FOLDER}/{number:03}", host=HOST)
                time.sleep(PAUSE_SECONDS)
            until("all blocks in all answers", 15, lambda: {_count(one) for one in cached.values()} == {SAMPLES})
        with _sampled(sources) as removed:
            for block in blocks:
                cluster.driver.call("remove_block", worker=HOST, block=block)
                time.sleep(PAUSE_SECONDS)
            until("no block in any answer", 15, lambda: {_count(one) for one in removed.values()} == {0})
    for source in sources:
        came = _times(cached[source].answers, lambda said, wanted: said >= wanted)
        _judge(source, "cached", disk.came, came, record_property)
        went = _times(removed[source].answers, lambda said, gone: SAMPLES - said >= gone)
        _judge(source, "removed", disk.went, went, record_property)


@contextlib.contextmanager
def _sampled(sources: dict[str, AlluxioStack]) -> Iterator[dict[str, Sampler]]:
    with ExitStack() as ends:
        yield {
            source: ends.enter_context(Sampler(stack.ask, FOLDER, SAMPLE_SECONDS[source]))
            for source, stack in sources.items()
        }


def _count(sampler: Sampler) -> int:
    last = sampler.last()
    return last.on(HOST) // BLOCK if last else -1
