"""The HTTP data port as curl sees it, over a real S3 server and over a folder: no byte is not the under-store's."""

import hashlib
import random
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from locus_e2e import curl
from locus_e2e.daemon import Settings
from locus_e2e.object_store import BUCKET, ObjectStore, OpenWorker, StoreWorker, lake
from locus_e2e.waiting import until

# Three blocks of a mebibyte and a part of one.
_SIZE = 3 * (1 << 20) + 12345
# Far more than sockets and the worker hold of an answer on its way.
_LARGE = 32 << 20
# A large file takes eight seconds: time enough to do something to it.
_SLOW = "4M"


class UnderStore(Protocol):
    """Where a test puts its files; they appear below /lake."""

    origin: Settings

    def put(self, name: str, body: bytes) -> None:
        """Stores a file, or replaces it in one step."""


class _Bucket:
    def __init__(self, objects: ObjectStore, credentials: Path) -> None:
        self.origin = lake(objects, credentials)
        self._objects = objects
        self._names: set[str] = set()

    def put(self, name: str, body: bytes) -> None:
        self._objects.client.put(BUCKET, name, body)
        self._names.add(name)

    def clear(self) -> None:
        for name in self._names:
            self._objects.client.delete(BUCKET, name)


class _Folder:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.origin: Settings = {"mounts": [{"path": "/lake", "folder": str(folder)}]}
        self._folder = folder

    def put(self, name: str, body: bytes) -> None:
        fresh = self._folder / f".{name}.new"
        fresh.write_bytes(body)
        fresh.rename(self._folder / name)


@pytest.fixture(params=["s3", "folder"])
def under(
    request: pytest.FixtureRequest, objects: ObjectStore, credentials: Path, tmp_path: Path
) -> Iterator[UnderStore]:
    """Both kinds of under-stores."""
    if request.param == "folder":
        yield _Folder(tmp_path / "lake")
        return
    bucket = _Bucket(objects, credentials)
    yield bucket
    bucket.clear()


def _bytes(seed: int, size: int = _SIZE) -> bytes:
    return random.Random(seed).randbytes(size)


def _same(found: bytes, put: bytes) -> bool:
    return len(found) == len(put) and hashlib.sha256(found).digest() == hashlib.sha256(put).digest()


def _counts(worker: StoreWorker, series: str, reached: Callable[[float], bool], seconds: float = 20) -> None:
    until(f"{series} of {worker.daemon.name}", seconds, lambda: reached(worker.metric(series)))


def test_a_file_and_ranges_of_it_are_what_was_put_there(
    under: UnderStore, open_worker: OpenWorker, tmp_path: Path
) -> None:
    body = _bytes(1)
    under.put("ranges", body)
    worker = open_worker(under.origin, data_http={})
    url = worker.file_url("/lake/ranges")
    mib = 1 << 20
    # Of no cached block, within one, over an edge, over several, the last ones, from one on, beyond the end.
    ranges = {
        "0-0": (0, 1),
        "100-2000": (100, 2001),
        f"{mib - 10}-{mib + 9}": (mib - 10, mib + 10),
        f"5-{3 * mib}": (5, 3 * mib + 1),
        "-777": (_SIZE - 777, _SIZE),
        f"{2 * mib}-": (2 * mib, _SIZE),
        f"{_SIZE - 5}-{_SIZE + 1000}": (_SIZE - 5, _SIZE),
    }
    for _ in range(2):
        for text, (begin, end) in ranges.items():
            part = curl.get(url, tmp_path, "--range", text)
            assert (part.exit_status, part.status) == (curl.OK, 206)
            assert part.fields["content-range"] == f"bytes {begin}-{end - 1}/{_SIZE}"
            assert _same(part.body, body[begin:end])
        whole = curl.get(url, tmp_path)
        assert (whole.exit_status, whole.status) == (curl.OK, 200)
        assert whole.fields["content-length"] == str(_SIZE)
        assert _same(whole.body, body)
    # One copy of each block was enough for all of that.
    assert worker.metric("fetched_bytes_total") == _SIZE
    beyond = curl.get(url, tmp_path, "--range", f"{_SIZE}-")
    assert beyond.status == 416
    assert beyond.fields["content-range"] == f"bytes */{_SIZE}"
    assert curl.get(worker.file_url("/lake/none"), tmp_path).status == 404


def test_a_broken_off_download_is_gone_on_with(under: UnderStore, open_worker: OpenWorker, tmp_path: Path) -> None:
    body = _bytes(2)
    under.put("resumed", body)
    worker = open_worker(under.origin, data_http={})
    resumed = curl.get(worker.file_url("/lake/resumed"), tmp_path, begun=body[:1234567])
    assert resumed.status == 206
    assert _same(resumed.body, body)


def test_the_tag_tells_whether_a_file_is_still_the_same(
    under: UnderStore, open_worker: OpenWorker, tmp_path: Path
) -> None:
    old, new = _bytes(3), _bytes(4)
    under.put("tagged", old)
    worker = open_worker(under.origin, data_http={})
    url, kept = worker.file_url("/lake/tagged"), tmp_path / "tag"
    first = curl.get(url, tmp_path, "--etag-save", str(kept))
    tag = first.fields["etag"]
    assert _same(first.body, old)
    again = curl.get(url, tmp_path, "--etag-compare", str(kept))
    assert (again.status, again.body) == (304, b"")
    part = curl.get(url, tmp_path, "--range", "10-19", "--header", f"If-Range: {tag}")
    assert (part.status, part.body) == (206, old[10:20])

    under.put("tagged", new)
    changed = curl.get(url, tmp_path, "--etag-compare", str(kept))
    assert changed.status == 200
    assert changed.fields["etag"] != tag
    assert _same(changed.body, new)
    # A part of the new content beside one of the old would be a mix: all of it comes.
    whole = curl.get(url, tmp_path, "--range", "10-19", "--header", f"If-Range: {tag}")
    assert whole.status == 200
    assert _same(whole.body, new)
    assert curl.get(url, tmp_path, "--header", f"If-Match: {tag}").status == 412
    # The same on any worker over the same under-store.
    other = open_worker(under.origin, data_http={})
    assert curl.get(other.file_url("/lake/tagged"), tmp_path).fields["etag"] == changed.fields["etag"]


def test_a_file_that_changes_during_a_download_ends_it_early(
    under: UnderStore, open_worker: OpenWorker, tmp_path: Path
) -> None:
    old, new = _bytes(5, _LARGE), _bytes(6, _LARGE)
    under.put("overtaken", old)
    worker = open_worker(under.origin, data_http={})
    url = worker.file_url("/lake/overtaken")
    with curl.download(url, tmp_path / "overtaken", _SLOW) as transfer:
        transfer.wait_begun()
        transfer.pause()
        under.put("overtaken", new)
        transfer.go_on()
        status, got = transfer.end()
    assert status == curl.PARTIAL_FILE
    assert 0 < len(got) < _LARGE
    assert _same(got, old[: len(got)])
    _counts(worker, 'http_broken_responses_total{by="worker"}', lambda broken: broken == 1)
    after = curl.get(url, tmp_path)
    assert after.exit_status == curl.OK
    assert _same(after.body, new)


def test_a_client_that_stalls_is_closed(under: UnderStore, open_worker: OpenWorker, tmp_path: Path) -> None:
    body = _bytes(7, _LARGE)
    under.put("stalled", body)
    worker = open_worker(under.origin, data_http={"idle_timeout": "1s"})
    host, _, port = worker.daemon.target("data_http.listen").partition(":")
    with (
        curl.download(worker.file_url("/lake/stalled"), tmp_path / "stalled", _SLOW) as transfer,
        socket.create_connection((host, int(port)), timeout=20) as silent,
    ):
        transfer.wait_begun()
        transfer.pause()
        _counts(worker, 'http_broken_responses_total{by="client"}', lambda broken: broken == 1)
        # One that never asks for anything has no answer that could break.
        assert silent.recv(1) == b""
        _counts(worker, "http_connections", lambda connections: connections == 0)
        transfer.go_on()
        status, got = transfer.end()
    assert status in (curl.PARTIAL_FILE, curl.RECEIVE_ERROR)
    assert len(got) < _LARGE
    assert _same(got, body[: len(got)])


# Connections know of no under-store.
@pytest.mark.parametrize("under", ["folder"], indirect=True)
def test_connections_beyond_the_bound_are_refused_and_the_others_go_on(
    under: UnderStore, open_worker: OpenWorker, tmp_path: Path
) -> None:
    body = _bytes(8, _LARGE)
    under.put("crowded", body)
    worker = open_worker(under.origin, data_http={"max_connections": 2})
    url = worker.file_url("/lake/crowded")
    assert _same(curl.get(url, tmp_path).body, body)
    _counts(worker, "http_connections", lambda connections: connections == 0)
    with curl.download(url, tmp_path / "a", "8M") as a, curl.download(url, tmp_path / "b", "8M") as b:
        for transfer in (a, b):
            transfer.wait_begun()
            transfer.pause()
        refused = curl.get(url, tmp_path)
        assert refused.exit_status in (curl.NO_ANSWER, curl.RECEIVE_ERROR)
        assert refused.body == b""
        assert worker.metric("http_refused_connections_total") == 1
        for transfer in (a, b):
            transfer.go_on()
        for transfer in (a, b):
            status, got = transfer.end()
            assert status == curl.OK
            assert _same(got, body)
    _counts(worker, "http_connections", lambda connections: connections == 0)
    assert _same(curl.get(url, tmp_path).body, body)
