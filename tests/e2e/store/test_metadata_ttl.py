"""What a real S3 server has told of a file is taken for so for a while: metadata_ttl."""

import random
from pathlib import Path

import grpc
import pytest
from locus_e2e.daemon import Settings
from locus_e2e.object_store import BUCKET, ObjectStore, OpenWorker, ReadFailed, lake
from locus_e2e.waiting import until

# Two blocks of a mebibyte and a part of one.
_SIZE = 2 * (1 << 20) + 12345


def _bytes(seed: int) -> bytes:
    return random.Random(seed).randbytes(_SIZE)


def _lake(objects: ObjectStore, credentials: Path, ttl: str) -> Settings:
    origin = lake(objects, credentials)
    for mount in origin["mounts"]:
        mount["metadata_ttl"] = ttl
    return origin


def test_a_cached_file_is_read_without_the_server(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    body = _bytes(1)
    for name in ("known", "unknown"):
        objects.client.put(BUCKET, f"ttl/{name}", body)
    worker = open_worker(_lake(objects, credentials, "1h"))
    for _ in range(3):
        assert worker.read("/lake/ttl/known") == body
    until("log of the S3 server", 5, lambda: objects.heads("ttl/known") >= 1)
    assert objects.heads("ttl/known") == 1
    assert worker.metric('origin_remembered_total{origin="s3"}') == 2
    objects.stop()
    try:
        assert worker.read("/lake/ttl/known") == body
        with pytest.raises(ReadFailed) as failed:
            worker.read("/lake/ttl/unknown")
        assert failed.value.code == grpc.StatusCode.UNAVAILABLE
    finally:
        objects.start()
    assert worker.read("/lake/ttl/unknown") == body


def test_a_changed_file_is_seen_later_and_never_mixed(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    old, new = _bytes(2), _bytes(3)
    objects.client.put(BUCKET, "ttl/changed", old)
    worker = open_worker(_lake(objects, credentials, "3s"))
    assert worker.read("/lake/ttl/changed") == old
    objects.client.put(BUCKET, "ttl/changed", new)

    def seen() -> bool:
        found = worker.read("/lake/ttl/changed")
        assert found in (old, new)
        return found == new

    assert not seen()
    until("new content", 20, seen)
    # A part of it alone is cached when it changes again: what is missing tells.
    objects.client.put(BUCKET, "ttl/parts", old)
    assert worker.read("/lake/ttl/parts", 0, 10) == old[:10]
    objects.client.put(BUCKET, "ttl/parts", new)
    assert worker.read("/lake/ttl/parts", _SIZE - 10) == new[-10:]
    assert worker.read("/lake/ttl/parts") == new
