"""locusctl load over two workers: who fetches what from a real S3 server, how fast, and how often."""

import random
import re
import time
from pathlib import Path

import pytest
from locus_e2e.object_store import BUCKET, ObjectStore, lake
from locus_e2e.processes import Process
from locus_e2e.store_site import OpenSite, StoreSite
from locus_e2e.terminal import on_terminal
from locus_e2e.waiting import until

_MIB = 1 << 20
_NODES = ("node-a", "node-b")
_FILES = 12
# Two blocks each.
_FILE_BYTES = 2 * _MIB
_ALL_BYTES = _FILES * _FILE_BYTES
_BLOCKS = _ALL_BYTES // _MIB
# The whole takes about three seconds.
_RATE = 8_000_000
# What each worker may fetch at once after a pause, in seconds of its part of the rate.
_BURST_SECONDS = 0.1


class _Table:
    """A folder of its own for each test."""

    def __init__(self, objects: ObjectStore, name: str) -> None:
        self.path = f"/lake/{name}"
        self._objects = objects
        self._name = name
        self.bodies = {f"part-{i:02}": random.Random(f"{name}{i}").randbytes(_FILE_BYTES) for i in range(_FILES)}
        for part, body in self.bodies.items():
            objects.client.put(BUCKET, f"{name}/{part}", body)

    def gets(self, expected: int) -> int:
        """GETs of its objects by now, as soon as there are so many."""
        until("log of the S3 server", 5, lambda: self._objects.gets(f"{self._name}/") >= expected)
        return self._objects.gets(f"{self._name}/")

    def read_all(self, site: StoreSite, node: str) -> None:
        """Each file from that worker is what was put there."""
        for part, body in self.bodies.items():
            assert site.workers[node].read(f"{self.path}/{part}") == body


@pytest.fixture
def table(objects: ObjectStore, request: pytest.FixtureRequest) -> _Table:
    """Of twelve files."""
    return _Table(objects, request.node.name)


@pytest.fixture
def site(objects: ObjectStore, credentials: Path, open_site: OpenSite) -> StoreSite:
    """Two workers, nothing cached."""
    return open_site(lake(objects, credentials), _NODES)


def _fetched(site: StoreSite) -> dict[str, float]:
    return site.metrics("fetched_bytes_total")


def _ended(process: Process) -> int | None:
    until(f"end of {process.name}", 20, lambda: not process.running())
    return process.exit_status()


def test_workers_divide_a_folder_at_the_rate_and_tell_how_it_goes(site: StoreSite, table: _Table) -> None:
    begin = time.monotonic()
    status, screen = on_terminal(site.command("load", table.path, "--rate", f"{_RATE}B/s"))
    seconds = time.monotonic() - begin
    assert status == 0, screen
    # Both bars and the sum, on the way and at the end.
    shares = {float(share) for share in re.findall(r"all 2 nodes .*?\(([0-9.]+)%\)", screen)}
    assert 100 in shares
    assert any(0 < share < 100 for share in shares)
    for node in _NODES:
        assert re.search(rf"{node} .*100%.* done", screen)
    assert "24 MiB of 24 MiB (100%) in 12 of 12 files cached on 2 nodes in" in screen
    # No upper bound: the machine may be busy.
    assert seconds >= _ALL_BYTES / _RATE - _BURST_SECONDS - 0.2
    fetched = _fetched(site)
    assert fetched == dict.fromkeys(_NODES, _ALL_BYTES / 2)
    assert table.gets(_BLOCKS) == _BLOCKS


def test_each_replica_is_read_without_the_under_store(site: StoreSite, table: _Table) -> None:
    loaded = site.locusctl("load", table.path, "--replicas", "2", "--json")
    assert loaded.status == 0, loaded.errors
    answer = loaded.json()
    assert answer["complete"]
    assert answer["sum"]["bytes_fetched"] == 2 * _ALL_BYTES
    assert _fetched(site) == dict.fromkeys(_NODES, _ALL_BYTES)
    for node in _NODES:
        table.read_all(site, node)
    assert table.gets(2 * _BLOCKS) == 2 * _BLOCKS
    assert site.metrics("misses_total") == dict.fromkeys(_NODES, 0)


def test_an_interrupted_load_goes_on_where_it_stopped(site: StoreSite, table: _Table) -> None:
    running = site.start_locusctl("load", table.path, "--rate", f"{_RATE}B/s")
    until("blocks cached", 20, lambda: sum(_fetched(site).values()) >= 4 * _MIB)
    running.interrupt()
    assert _ended(running) == 1
    assert "Stopped. The same command goes on" in running.log.read_text()
    until("end of all loads", 10, lambda: sum(site.metrics("loads").values()) == 0)
    before = sum(_fetched(site).values())
    assert before < _ALL_BYTES
    rest = site.locusctl("load", table.path, "--json")
    assert rest.status == 0, rest.errors
    assert rest.json()["sum"]["bytes_fetched"] == _ALL_BYTES - before
    assert sum(_fetched(site).values()) == _ALL_BYTES
    assert table.gets(_BLOCKS) == _BLOCKS


def test_only_the_named_nodes_load(site: StoreSite, table: _Table) -> None:
    loaded = site.locusctl("load", table.path, "--nodes", "node-b", "--no-progress")
    assert loaded.status == 0, loaded.errors
    assert "cached on 1 node in" in loaded.output
    assert _fetched(site) == {"node-a": 0, "node-b": _ALL_BYTES}
    table.read_all(site, "node-b")
    unknown = site.locusctl("load", table.path, "--nodes", "node-c")
    assert unknown.status == 1
    assert "there are node-a, node-b" in unknown.errors


def test_top_shows_what_a_worker_hands_out(site: StoreSite, table: _Table) -> None:
    loaded = site.locusctl("load", table.path, "--nodes", "node-a")
    assert loaded.status == 0, loaded.errors
    top = ("workers", "--top", "--once", "--interval", "500ms")
    shown, told = site.start_locusctl(*top), site.start_locusctl(*top, "--json")
    while shown.running() or told.running():
        table.read_all(site, "node-a")
    assert (_ended(shown), _ended(told)) == (0, 0)
    header, busy, idle, _ = shown.log.read_text().splitlines()[:4]
    assert re.split(r"  +", header)[:5] == ["NODE", "STATE", "SSD", "HITS", "FROM SSD"]
    assert re.fullmatch(r"node-a +live +24 MiB of 256 MiB +100\.0% +[0-9.]+ [KMG]iB/s .*", busy)
    assert re.fullmatch(r"node-b +live +0 B of 256 MiB +- +- .*", idle)
