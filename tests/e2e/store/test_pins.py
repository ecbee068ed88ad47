"""locusctl pin, unpin and evict on a cache that is too small for all that is read."""

import random
from pathlib import Path

import pytest
from locus_e2e.object_store import BUCKET, ObjectStore, lake
from locus_e2e.store_site import OpenSite, StoreSite

_MIB = 1 << 20
_NODE = "node-a"
_KEPT = "/lake/pins/kept"
_KEPT_BYTES = 2 * _MIB
# Two times what the cache holds.
_OTHERS = [f"/lake/pins/other-{i}" for i in range(4)]
_OTHER_BYTES = 4 * _MIB
_STORE = {
    "max_pinned": "3MiB",
    # The block that was used longest ago goes, not before room is needed, and never because the disk is small.
    "eviction": "lru",
    "promote_after": 0,
    "high_watermark": 1,
    "low_watermark": 1,
    "keep_free": "0B",
}


@pytest.fixture
def bodies(objects: ObjectStore) -> dict[str, bytes]:
    """What each path shows."""
    sizes = {_KEPT: _KEPT_BYTES, **dict.fromkeys(_OTHERS, _OTHER_BYTES)}
    found = {path: random.Random(path).randbytes(size) for path, size in sizes.items()}
    for path, body in found.items():
        objects.client.put(BUCKET, path.removeprefix("/lake/"), body)
    return found


@pytest.fixture
def site(objects: ObjectStore, credentials: Path, open_site: OpenSite) -> StoreSite:
    """One worker with room for half of the others."""
    return open_site(lake(objects, credentials), [_NODE], quota="8MiB", store=_STORE)


def test_a_pinned_file_stays_while_others_come_and_go(site: StoreSite, bodies: dict[str, bytes]) -> None:
    worker = site.workers[_NODE]

    def fill() -> None:
        for path in _OTHERS:
            assert worker.read(path) == bodies[path]

    def looked_up() -> tuple[int, int]:
        """Hits and misses of a read of the file; a block that it has fetched ahead for itself is a miss."""
        before = [worker.metric(f"{series}_total") for series in ("hits", "misses")]
        assert worker.read(_KEPT) == bodies[_KEPT]
        after = [worker.metric(f"{series}_total") for series in ("hits", "misses")]
        return int(after[0] - before[0]), int(after[1] - before[1])

    assert worker.read(_KEPT) == bodies[_KEPT]
    pinned = site.locusctl("pin", _KEPT, "--json")
    assert pinned.status == 0, pinned.errors
    assert pinned.json()["workers"] == [
        {"name": _NODE, "address": worker.daemon.target(), "blocks": 2, "bytes": _KEPT_BYTES, "failure": ""}
    ]
    assert worker.metric("pinned_bytes") == _KEPT_BYTES
    fill()
    assert worker.metric("evictions_total") >= (len(_OTHERS) * _OTHER_BYTES + _KEPT_BYTES - 8 * _MIB) // _MIB
    assert worker.sources(_KEPT) == {"SSD"}
    assert looked_up() == (2, 0)

    unpinned = site.locusctl("unpin", _KEPT, "--nodes", _NODE)
    assert unpinned.status == 0, unpinned.errors
    assert unpinned.output.splitlines()[1].split() == [_NODE, "0", "0", "B"]
    assert worker.metric("pinned_bytes") == 0
    fill()
    assert looked_up() == (0, 2)


def test_what_cannot_be_pinned_is_told_with_the_reason(site: StoreSite, bodies: dict[str, bytes]) -> None:
    worker = site.workers[_NODE]
    assert worker.read(_OTHERS[0]) == bodies[_OTHERS[0]]
    refused = site.locusctl("pin", _OTHERS[0])
    assert refused.status == 1
    assert f"! {_NODE}  {worker.daemon.target()}: pinning '{_OTHERS[0]}' takes 4 MiB, and 3 MiB of 3 MiB are left" in (
        refused.output
    )
    assert worker.metric("pinned_bytes") == 0
    worker.daemon.kill()
    away = site.locusctl("pin", _KEPT)
    assert away.status == 3
    assert "no worker answers" in away.errors
    assert f"! {_NODE}  {worker.daemon.target()}: " in away.errors


def test_what_is_evicted_is_fetched_again(site: StoreSite, bodies: dict[str, bytes]) -> None:
    worker = site.workers[_NODE]
    assert worker.read(_KEPT) == bodies[_KEPT]
    assert worker.sources(_KEPT) == {"SSD"}
    evicted = site.locusctl("evict", "/lake/pins", "--json")
    assert evicted.status == 0, evicted.errors
    assert (evicted.json()["blocks"], evicted.json()["bytes"]) == (2, _KEPT_BYTES)
    assert worker.metric("blocks") == 0
    assert "ORIGIN" in worker.sources(_KEPT)
    assert worker.read(_KEPT) == bodies[_KEPT]
    assert worker.metric("fetched_bytes_total") == 2 * _KEPT_BYTES
