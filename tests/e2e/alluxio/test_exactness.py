"""Bytes on each worker and tier, and each block, as they lie in the workers' tier folders; in every settled state."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.stack import AlluxioStack

FOLDER = "/exact"
FILES = 200
BLOCK = 16 << 10
_MIB = 1 << 20
# An input that pods wait for is asked again each second; the rest is room for a busy machine.
AGREE_SECONDS = 10.0


def _path(number: int) -> str:
    """Spread over folders, one of them nested, with names of which one is the beginning of another."""
    return f"{FOLDER}/{('a', 'ab', 'a/b', 'c-x')[number % 4]}/part-{number}"


def _size(number: int) -> int:
    """1 to 40 blocks, few files with many; most end in a short block."""
    choice = random.Random(number)
    blocks = {0: 1, 1: 40}.get(number, min(40, 1 + int(choice.expovariate(1 / 8))))
    return blocks * BLOCK - (choice.randrange(BLOCK) if number % 5 else 0)


def _write(cluster: AlluxioCluster, number: int, **options: object) -> None:
    cluster.driver.call(
        "write", path=_path(number), **{"size": _size(number), "block": BLOCK, "type": "CACHE_THROUGH", **options}
    )


@pytest.fixture(scope="module")
def filled(cluster: AlluxioCluster, sources: dict[str, AlluxioStack]) -> Iterator[AlluxioCluster]:
    """Files in all workers; pods wait for them."""
    for number in range(FILES):
        # Every third only in Alluxio; every seventh in the slower tier.
        options: dict[str, object] = {"type": "MUST_CACHE"} if number % 3 == 0 else {}
        _write(cluster, number, **options, tier=1 if number % 7 == 0 else 0)
    with ExitStack() as ends:
        for stack in sources.values():
            ends.enter_context(stack.ask.want(FOLDER))
        yield cluster
    cluster.driver.call("delete", path=FOLDER)


def _persisted(numbers: range) -> Iterator[int]:
    return (number for number in numbers if number % 3)


def _cached(cluster: AlluxioCluster) -> None:
    replicas = cluster.replicas()
    assert {one.host for one in replicas} == set(cluster.workers)
    assert {one.tier for one in replicas} == {"MEM", "SSD"}


def _freed(cluster: AlluxioCluster) -> None:
    for number in _persisted(range(0, 60)):
        cluster.driver.call("free", path=_path(number))


def _removed_from_one_worker(cluster: AlluxioCluster) -> None:
    victims = sorted(one for one in cluster.replicas() if one.host == "127.0.0.11")[:40]
    for one in victims:
        cluster.driver.call("remove_block", worker=one.host, block=one.block)


def _moved(cluster: AlluxioCluster) -> None:
    for tier, medium in (("MEM", "SSD"), ("SSD", "MEM")):
        for one in sorted(one for one in cluster.replicas() if one.tier == tier and one.host == "127.0.0.12")[:30]:
            cluster.driver.call("move_block", worker=one.host, block=one.block, medium=medium)


def _replicated(cluster: AlluxioCluster) -> None:
    before = cluster.replicas()
    for number in range(60, 90):
        cluster.driver.call("read", path=_path(number), host=f"127.0.0.{11 + number % 3}")
    truth.settled(cluster, FOLDER)
    assert len(cluster.replicas()) > len(before)


def _loaded_from_the_under_store(cluster: AlluxioCluster) -> None:
    for number in _persisted(range(0, 30)):
        cluster.driver.call("read", path=_path(number), host="127.0.0.13")


def _overwritten(cluster: AlluxioCluster) -> None:
    for number in range(90, 110):
        _write(cluster, number, size=_size(number + 1000), block=2 * BLOCK)


def _appeared(cluster: AlluxioCluster) -> None:
    cluster.driver.call("write", path=f"{FOLDER}/new/deep/one", size=3 * BLOCK, block=BLOCK)
    cluster.driver.call("write", path=f"{FOLDER}/new/empty", size=0, block=BLOCK)


def _deleted(cluster: AlluxioCluster) -> None:
    for number in range(110, 130):
        cluster.driver.call("delete", path=_path(number))


def _renamed(cluster: AlluxioCluster) -> None:
    for number in range(130, 140):
        cluster.driver.call("rename", path=_path(number), to=f"{FOLDER}/renamed-{number}")
    cluster.driver.call("rename", path=f"{FOLDER}/c-x", to=f"{FOLDER}/c-y")


def _evicted(cluster: AlluxioCluster) -> None:
    """Fills one worker beyond its tiers, which makes it drop what was used longest ago."""
    before = {one.block for one in cluster.replicas() if one.host == "127.0.0.13"}
    quota = sum(cluster.shape.quotas.values())
    for number in range(quota // (4 * _MIB)):
        cluster.driver.call(
            "write", path=f"/filler/{number}", size=4 * _MIB, block=_MIB, type="CACHE_THROUGH", host="127.0.0.13"
        )
    after = {one.block for one in cluster.replicas() if one.host == "127.0.0.13"}
    assert before - after, "nothing was evicted"
    cluster.driver.call("delete", path="/filler")


PHASES: list[Callable[[AlluxioCluster], None]] = [
    _cached,
    _freed,
    _removed_from_one_worker,
    _moved,
    _replicated,
    _loaded_from_the_under_store,
    _overwritten,
    _appeared,
    _deleted,
    _renamed,
    _evicted,
]


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.__name__.strip("_"))
def test_what_is_said_is_what_lies_in_the_tier_folders(
    phase: Callable[[AlluxioCluster], None],
    filled: AlluxioCluster,
    sources: dict[str, AlluxioStack],
    record_property: Callable[[str, object], None],
) -> None:
    """With agents and without."""
    phase(filled)
    expected = truth.settled(filled, FOLDER)
    assert expected.files > FILES / 2 and expected.cached() > 0
    for source, stack in sources.items():
        took = truth.follows(stack.ask, filled, FOLDER, AGREE_SECONDS)
        record_property(source, f"{took:.2f} s after the state had settled")
