"""A worker over a real S3 server: every byte that comes out is the one that an independent client put in."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from locus_e2e.object_store import (
    ACCESS_KEY,
    BUCKET,
    SECRET_KEY,
    ObjectStore,
    OpenWorker,
    ReadFailed,
    lake,
    write_credentials,
)

# Three blocks of a mebibyte and a part of one.
_SIZE = 3 * (1 << 20) + 12345
# What a key may be and a shell dislikes.
_ODD_NAMES = ("with space", "plus+sign", "ümlaut", "per%cent", "q?uestion", "amp&ersand", "a=b", "st*r", "semi;colon",
              "quo'te", 'dou"ble', "c#", "[br]", "~tilde", ".hidden", "comma,", "at@", "日本")


def _bytes(seed: int, size: int = _SIZE) -> bytes:
    return random.Random(seed).randbytes(size)


@pytest.mark.parametrize("style", ["path", "host"])
def test_a_file_of_several_blocks_is_read_by_ranges(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker, style: str
) -> None:
    body = _bytes(1)
    objects.client.put(BUCKET, f"ranges/{style}/f", body)
    worker = open_worker(lake(objects, credentials, style))
    path = f"/lake/ranges/{style}/f"
    chooser = random.Random(2)
    for no_cache in (True, False, False):
        for _ in range(10):
            offset = chooser.randrange(_SIZE)
            length = chooser.randrange(1, _SIZE - offset + 1)
            assert worker.read(path, offset, length, no_cache) == body[offset : offset + length]
    assert worker.read(path) == body
    assert worker.metric('origin_calls_total{origin="s3",outcome="unavailable"}') == 0
    assert worker.metric('origin_retries_total{origin="s3"}') == 0


def test_odd_names_are_listed_and_read(objects: ObjectStore, credentials: Path, open_worker: OpenWorker) -> None:
    for number, name in enumerate(_ODD_NAMES):
        objects.client.put(BUCKET, f"odd/{name}/{name}", _bytes(number, 100 + number))
    worker = open_worker(lake(objects, credentials))
    loaded = worker.load("/lake/odd")
    assert not loaded.problems
    assert loaded.files_total == loaded.files_done == len(_ODD_NAMES)
    fetched = worker.metric('origin_bytes_total{origin="s3"}')
    for number, name in enumerate(_ODD_NAMES):
        assert worker.read(f"/lake/odd/{name}/{name}") == _bytes(number, 100 + number)
    # List and head tell of the same content: what was loaded is what is read.
    assert worker.metric('origin_bytes_total{origin="s3"}') == fetched


def test_thousands_of_keys_are_listed_page_by_page(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    client, count = objects.client, 2100
    with ThreadPoolExecutor(4) as pool:
        for stored in [pool.submit(client.put, BUCKET, f"many/{n % 7}/{n:05}", b"x") for n in range(count)]:
            stored.result()
    worker = open_worker(lake(objects, credentials, prefix="many/"))
    loaded = worker.load("/lake")
    assert loaded.files_total == loaded.files_done == loaded.bytes_total == count


def test_wrong_credentials_are_told_and_mended_without_a_restart(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    objects.client.put(BUCKET, "secret", b"12345")
    for access_key, secret_key, told in (
        ("nobody", SECRET_KEY, "does not know the access key"),
        (ACCESS_KEY, "wrong", "secret key"),
    ):
        write_credentials(credentials, access_key, secret_key)
        worker = open_worker(lake(objects, credentials))
        with pytest.raises(ReadFailed, match=told) as failed:
            worker.read("/lake/secret")
        assert failed.value.code == grpc.StatusCode.UNAVAILABLE
        assert worker.metric('origin_calls_total{origin="s3",outcome="unavailable"}') > 0
        write_credentials(credentials, ACCESS_KEY, SECRET_KEY)
        assert worker.read("/lake/secret") == b"12345"


def test_a_missing_file_is_not_a_missing_bucket(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    worker = open_worker(lake(objects, credentials))
    with pytest.raises(ReadFailed) as missing:
        worker.read("/lake/none")
    assert missing.value.code == grpc.StatusCode.NOT_FOUND
    elsewhere = open_worker(lake(objects, credentials, bucket="no-such-bucket"))
    with pytest.raises(ReadFailed, match="check bucket") as failed:
        elsewhere.read("/lake/none")
    assert failed.value.code == grpc.StatusCode.UNAVAILABLE


def test_a_replaced_object_is_never_mixed(objects: ObjectStore, credentials: Path, open_worker: OpenWorker) -> None:
    bodies = [_bytes(seed) for seed in (10, 11)]
    client = objects.client
    client.put(BUCKET, "replaced", bodies[0])
    worker = open_worker(lake(objects, credentials))
    assert worker.read("/lake/replaced") == bodies[0]
    for turn in range(1, 20):
        client.put(BUCKET, "replaced", bodies[turn % 2])
        assert worker.read("/lake/replaced", offset=1 << 20) == bodies[turn % 2][1 << 20 :]
    client.delete(BUCKET, "replaced")
    with pytest.raises(ReadFailed) as failed:
        worker.read("/lake/replaced")
    assert failed.value.code == grpc.StatusCode.NOT_FOUND


def test_an_object_that_is_replaced_in_mid_read_ends_the_read(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    # Far more than is on its way to a reader at once.
    old, new = (_bytes(seed, 64 << 20) for seed in (20, 21))
    objects.client.put(BUCKET, "overtaken", old)
    worker = open_worker(lake(objects, credentials))
    pieces = worker.pieces("/lake/overtaken", no_cache=True)
    got = next(pieces)
    objects.client.put(BUCKET, "overtaken", new)
    with pytest.raises(ReadFailed, match="changed") as failed:
        for piece in pieces:
            got += piece
    assert failed.value.code == grpc.StatusCode.UNAVAILABLE
    assert old.startswith(got)
    assert worker.read("/lake/overtaken", 1 << 20, 1 << 20) == new[1 << 20 : 2 << 20]


def test_a_server_that_is_away_is_told_and_comes_back(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker
) -> None:
    objects.client.put(BUCKET, "patience", b"12345")
    objects.stop()
    # Its start needs no server.
    worker = open_worker(lake(objects, credentials))
    with pytest.raises(ReadFailed, match="cannot reach") as failed:
        worker.read("/lake/patience")
    assert failed.value.code == grpc.StatusCode.UNAVAILABLE
    assert worker.metric('origin_retries_total{origin="s3"}') > 0
    objects.start()
    assert worker.read("/lake/patience") == b"12345"
    log = worker.daemon.process.log.read_text()
    assert "the under-store is out of reach" in log
    assert "the under-store answers again" in log


def test_one_mount_that_is_away_leaves_the_others(
    objects: ObjectStore, credentials: Path, open_worker: OpenWorker, tmp_path: Path
) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "f").write_bytes(b"local")
    objects.client.put(BUCKET, "mounted/g", b"remote")
    origin = lake(objects, credentials, prefix="mounted/")
    origin["mounts"] += [
        {"path": "/", "folder": str(tmp_path / "local")},
        {"path": "/web", "http": {"url": "http://127.0.0.1:1", "manifest": "all.txt"}},
    ]
    worker = open_worker(origin)
    assert worker.read("/f") == b"local"
    assert worker.read("/lake/g") == b"remote"
    with pytest.raises(ReadFailed) as failed:
        worker.read("/web/x")
    assert failed.value.code == grpc.StatusCode.UNAVAILABLE
    loaded = worker.load("/")
    assert loaded.files_done == 2
    assert any("127.0.0.1:1" in problem for problem in loaded.problems)
