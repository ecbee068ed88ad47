"""locus-worker as a worker of a real Alluxio master, beside one of Alluxio's own."""

import contextlib
import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import settings
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape
from locus_e2e.alluxio.jvm import Java
from locus_e2e.daemon import Daemon
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

# Alluxio's own worker, and ours.
JAVA = "127.0.0.11"
OURS = "127.0.0.14"
FOLDER = "/member"
BLOCK = 1 << 20
LENGTH = 2 * BLOCK + 12_345
QUOTA = 8 * BLOCK
_WAIT = 30.0


@dataclass
class Member:
    """The cluster, our worker in it, and the bytes of its files."""

    cluster: AlluxioCluster
    worker: Daemon
    contents: dict[str, bytes]

    def put(self, name: str) -> str:
        """A file that lies in the under-store only, and that the master knows; its path."""
        path = f"{FOLDER}/{name}"
        content = random.Random(name).randbytes(LENGTH)
        place = self.cluster.ufs / path.strip("/")
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(content)
        self.contents[path] = content
        self.cluster.driver.call("list", path=FOLDER, load="ALWAYS")
        return path

    def holders(self, path: str) -> list[set[str]]:
        """Of each block: the workers that hold it, as the master says."""
        blocks = self.cluster.status(path)["blocks"]
        return [{location["host"] for location in block["locations"]} for block in blocks]

    def cache(self, path: str) -> None:
        """All blocks of a file, on our worker, by a client's order."""
        status = self.cluster.status(path)
        for index, block in enumerate(status["block_ids"]):
            length = min(status["block_size"], status["length"] - index * status["block_size"])
            self.cluster.driver.call("cache_block", block=block, length=length, worker=OURS)
        until(f"{path} on our worker", _WAIT, lambda: all(OURS in one for one in self.holders(path)))

    def digest(self, path: str, **options: Any) -> str:
        """Of a file as Alluxio's own client reads it."""
        return str(self.cluster.driver.call("digest", path=path, **options))

    def metric(self, series: str) -> float:
        """Of our worker."""
        return self.worker.metrics("admin").get(f"locus_worker_{series}", 0.0)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def member(run_folder: Path) -> Iterator[Member]:
    """Registered, with nothing cached."""
    folder = run_folder / "member"
    folder.mkdir()
    with contextlib.ExitStack() as ends:
        processes = ends.enter_context(Processes(folder))
        cluster = AlluxioCluster(Java(), folder / "alluxio", processes, Shape(workers=(JAVA,)))
        ends.enter_context(contextlib.closing(cluster))
        worker = Daemon(
            "locus-member",
            settings.programs().worker,
            folder,
            {
                "mode": "alluxio",
                "announce_host": OURS,
                "report": {"target": ""},
                "origin": {"folder": str(cluster.ufs)},
                "store": {
                    "tiers": [{"tier": "MEM", "path": str(folder / "member-mem"), "quota": f"{QUOTA}B"}],
                    "keep_free": "0B",
                },
                "alluxio": {"masters": cluster.master_addresses()},
            },
            {"alluxio.listen": OURS, "admin": OURS},
            processes,
        )
        worker.start()
        worker.wait_ready("admin")
        found = Member(cluster, worker, {})
        _await_registration(found, 1)
        yield found
        worker.stop()


def _await_registration(member: Member, registrations: int) -> None:
    until(
        "registration of our worker",
        _WAIT,
        lambda: (
            member.metric("alluxio_registered") == 1
            and member.metric("alluxio_registrations_total") >= registrations
            and OURS in member.cluster.known_workers()
        ),
    )


def test_a_block_cached_by_order_is_read_from_us(member: Member) -> None:
    """The stock client finds it by the master's word, and gets the bytes of the under-store."""
    path = member.put("ordered")
    assert all(not one for one in member.holders(path))
    member.cache(path)
    before = member.metric('alluxio_read_bytes_total{source="MEM"}')
    assert member.digest(path, host=OURS) == _sha(member.contents[path])
    assert member.metric('alluxio_read_bytes_total{source="MEM"}') - before >= LENGTH
    # From another node as well, in part, and from the middle of a block.
    assert member.digest(path, offset=BLOCK - 7, length=4321) == _sha(member.contents[path][BLOCK - 7 :][:4321])
    assert member.metric("alluxio_failed_reads_total") == 0


def test_a_freed_file_leaves_us(member: Member) -> None:
    """By the master's command, and the master hears that it is gone."""
    path = member.put("freed")
    member.cache(path)
    member.cluster.driver.call("free", path=path)
    until("freed blocks", _WAIT, lambda: member.metric("alluxio_freed_blocks_total") >= 3)
    until("no location", _WAIT, lambda: all(not one for one in member.holders(path)))
    assert member.digest(path) == _sha(member.contents[path])


def test_evictions_are_told(member: Member) -> None:
    """More than our tier takes: what the master says and what is here stay the same."""
    paths = [member.put(f"many-{number}") for number in range(5)]
    for path in paths:
        member.cache(path)

    def agrees() -> bool:
        located = sum(OURS in one for path in member.contents for one in member.holders(path))
        return located == member.metric("blocks") and member.metric("evictions_total") > 0

    until("the master's word on our blocks", _WAIT, agrees)
    for path in paths:
        assert member.digest(path, host=OURS) == _sha(member.contents[path])


def test_writes_and_cold_reads_stay_away(member: Member) -> None:
    """A client on our node writes and reads what is cached nowhere through the other worker: we offer no capacity."""
    refused = member.metric("alluxio_refused_total{reason=\"write\"}")
    member.cluster.driver.call("write", path="/member-written", size=2 * BLOCK, block=BLOCK, host=OURS)
    assert all(one == {JAVA} for one in member.holders("/member-written"))
    assert member.metric("alluxio_refused_total{reason=\"write\"}") == refused
    path = member.put("cold")
    reads = member.metric("alluxio_reads_total")
    assert member.digest(path, host=OURS) == _sha(member.contents[path])
    assert member.metric("alluxio_reads_total") == reads


def test_a_master_that_restarts_gets_our_blocks_again(member: Member) -> None:
    """Under another id; in between they are served."""
    path = member.put("kept")
    member.cache(path)
    registrations = member.metric("alluxio_registrations_total")
    (master,) = member.cluster.masters.values()
    member.cluster.kill(master)
    until("our worker without a master", _WAIT, lambda: member.metric("alluxio_registered") == 0)
    member.cluster.start(master)
    member.cluster.wait_registered(120)
    _await_registration(member, int(registrations) + 1)
    until("locations again", _WAIT, lambda: all(OURS in one for one in member.holders(path)))
    assert member.digest(path, host=OURS) == _sha(member.contents[path])


def test_our_restart_brings_our_blocks_back(member: Member) -> None:
    """From the tier folders, under the address of before."""
    path = member.put("recovered")
    member.cache(path)
    member.worker.kill()
    member.worker.start()
    member.worker.wait_ready("admin")
    _await_registration(member, 1)
    until("locations again", _WAIT, lambda: all(OURS in one for one in member.holders(path)))
    assert member.digest(path, host=OURS) == _sha(member.contents[path])
    assert member.metric('alluxio_read_bytes_total{source="MEM"}') >= LENGTH


def test_a_file_replaced_behind_alluxio_is_not_cached(member: Member) -> None:
    """The master knows the old one: its blocks must not get the new bytes."""
    path = member.put("replaced")
    status = member.cluster.status(path)
    (member.cluster.ufs / path.strip("/")).write_bytes(random.Random("other").randbytes(LENGTH + 1))
    with pytest.raises(Exception, match="has changed since Alluxio looked at it"):
        member.cluster.driver.call("cache_block", block=status["block_ids"][0], length=BLOCK, worker=OURS)
    assert all(not one for one in member.holders(path))
