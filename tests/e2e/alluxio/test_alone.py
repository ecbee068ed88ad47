"""Alluxio's own client reads from Locus, with no Alluxio anywhere."""

import contextlib
import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import settings
from locus_e2e.alluxio.alone import AloneStack
from locus_e2e.alluxio.driver import Driver, DriverError
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

NODES = {"127.0.0.31": "node-1", "127.0.0.32": "node-2", "127.0.0.33": "node-3"}
HOSTS = tuple(NODES)
BLOCK = 1 << 20
# Well below what a client spends on asking again.
_AT_ONCE_SECONDS = 5.0
# A listing is shared for a second.
_FRESH_SECONDS = 10.0


@pytest.fixture(scope="module")
def stack(run_folder: Path) -> Iterator[AloneStack]:
    """locus-meta and three workers over one folder."""
    folder = run_folder / "alone"
    folder.mkdir()
    with contextlib.ExitStack() as ends:
        processes = ends.enter_context(Processes(folder))
        quotas = {"MEM": "32MiB", "SSD": "64MiB"}
        stack = AloneStack(settings.programs(), folder / "locus", processes, NODES, quotas, "1MiB")
        yield ends.enter_context(contextlib.closing(stack))


@pytest.fixture(scope="module")
def driver(stack: AloneStack) -> Iterator[Driver]:
    """The client."""
    with contextlib.closing(stack.driver("driver")) as started:
        yield started


def _noise(seed: str, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _holders(status: dict[str, Any]) -> list[set[str]]:
    return [{location["host"] for location in block["locations"]} for block in status["blocks"]]


def _paths(listing: list[dict[str, Any]]) -> list[str]:
    return [one["path"] + ("/" if one["folder"] else "") for one in listing]


def test_folders_and_files_are_listed(stack: AloneStack, driver: Driver) -> None:
    """One level, all levels, one path; names with what a name may have."""
    names = ["a b", "ä%20+", "x=1&y", "#?[]{}", "日本", "a.b", "a-b"]
    for name in names:
        stack.write(f"/names/{name}/f", b"x")
    stack.write("/names/top", b"12345")
    listed = driver.call("list", path="/names")
    assert sorted(_paths(listed)) == sorted(["/names/top", *(f"/names/{name}/" for name in names)])
    everything = driver.call("list", path="/names", recursive=True)
    assert sorted(_paths(everything)) == sorted(
        [*_paths(listed), *(f"/names/{name}/f" for name in names)]
    )
    assert driver.call("status", path="/names/top")["length"] == 5
    assert driver.call("status", path="/names")["folder"]
    assert driver.call("status", path="/")["folder"]
    assert driver.call("exists", path="/names/a b/f")
    assert not driver.call("exists", path="/names/none")
    for call in ("status", "list", "digest"):
        with pytest.raises(DriverError, match="FileDoesNotExist"):
            driver.call(call, path="/names/none")


def test_ten_thousand_files_come_complete(stack: AloneStack, driver: Driver) -> None:
    """In order."""
    for number in range(10_000):
        (stack.origin / "many").mkdir(exist_ok=True)
        (stack.origin / "many" / f"{number:05}").touch()
    listed = driver.call("list", path="/many")
    assert _paths(listed) == [f"/many/{number:05}" for number in range(10_000)]


def test_what_was_just_written_is_listed(stack: AloneStack, driver: Driver) -> None:
    """Within a second, not within the half minute after which an input is looked at again."""
    stack.write("/fresh/0", b"")
    for number in range(1, 4):
        assert f"/fresh/{number - 1}" in _paths(driver.call("list", path="/fresh"))
        stack.write(f"/fresh/{number}", b"")
        began = time.monotonic()
        until(
            "the new file",
            _FRESH_SECONDS,
            lambda number=number: f"/fresh/{number}" in _paths(driver.call("list", path="/fresh")),
            every=0.05,
        )
        assert time.monotonic() - began < _AT_ONCE_SECONDS


def test_a_write_is_refused_at_once(stack: AloneStack, driver: Driver) -> None:
    """With words for whoever tried; nothing changes."""
    stack.write("/kept/f", b"x")
    driver.call("list", path="/kept")
    attempts = [
        ("write", {"path": "/kept/new", "size": 10, "block": BLOCK}),
        ("write", {"path": "/kept/new", "size": 10, "block": BLOCK, "type": "CACHE_THROUGH"}),
        ("delete", {"path": "/kept/f"}),
        ("rename", {"path": "/kept/f", "to": "/kept/g"}),
        ("chmod", {"path": "/kept/f", "mode": 0o600}),
    ]
    for operation, arguments in attempts:
        began = time.monotonic()
        with pytest.raises(DriverError, match="read-only"):
            driver.call(operation, **arguments)
        assert time.monotonic() - began < _AT_ONCE_SECONDS, operation
    assert [one.name for one in (stack.origin / "kept").iterdir()] == ["f"]


def test_workers_are_told(driver: Driver) -> None:
    """All three, with the port that clients read from."""
    told = {one["host"]: one for one in driver.call("workers")}
    assert set(told) == set(HOSTS)


def test_files_are_read_whole_and_in_parts(stack: AloneStack, driver: Driver) -> None:
    """Cached nowhere at first: fetched through the worker of the client's node, which then has it."""
    content = _noise("whole", 5 * BLOCK + 4711)
    stack.write("/read/f", content)
    assert driver.call("digest", path="/read/f", host=HOSTS[1]) == _sha(content)
    until(
        "locations",
        _FRESH_SECONDS,
        lambda: _holders(driver.call("status", path="/read/f")) == [{HOSTS[1]}] * 6,
    )
    rng = random.Random(7)
    for _ in range(30):
        offset = rng.randrange(len(content))
        length = rng.randrange(1, 2 * BLOCK)
        found = driver.call("digest", path="/read/f", offset=offset, length=length, host=rng.choice(HOSTS))
        assert found == _sha(content[offset : offset + length]), (offset, length)
    stack.write("/read/empty", b"")
    assert driver.call("digest", path="/read/empty") == _sha(b"")


def test_a_file_that_is_replaced_is_read_as_it_is_now(stack: AloneStack, driver: Driver) -> None:
    """Never one block of before and one of now."""
    for round_ in range(4):
        content = _noise(f"replaced-{round_}", 2 * BLOCK + 1000 * round_)
        stack.write("/replaced/f", content)
        until(
            "the new content",
            _FRESH_SECONDS,
            lambda content=content: driver.call("status", path="/replaced/f")["length"] == len(content),
        )
        assert driver.call("digest", path="/replaced/f", host=HOSTS[round_ % 3]) == _sha(content)


def test_a_killed_worker_is_read_around(stack: AloneStack, driver: Driver) -> None:
    """By what another one has, and by what none has any more."""
    shared, alone = _noise("shared", 3 * BLOCK), _noise("alone", 3 * BLOCK)
    stack.write("/killed/shared", shared)
    stack.write("/killed/alone", alone)
    stack.cache(HOSTS[0], "/killed/shared", "/killed/alone")
    stack.cache(HOSTS[2], "/killed/shared")
    until(
        "locations", _FRESH_SECONDS, lambda: _holders(driver.call("status", path="/killed/alone")) == [{HOSTS[0]}] * 3
    )
    stack.workers[HOSTS[0]].kill()
    try:
        assert driver.call("digest", path="/killed/shared", host=HOSTS[2]) == _sha(shared)
        assert driver.call("digest", path="/killed/alone", host=HOSTS[2]) == _sha(alone)
        until(
            "the worker's blocks to be gone",
            _FRESH_SECONDS,
            lambda: all(HOSTS[0] not in holders for holders in _holders(driver.call("status", path="/killed/alone"))),
        )
    finally:
        stack.workers[HOSTS[0]].start()
        stack.workers[HOSTS[0]].wait_ready("admin", 30)


def test_a_client_outlives_a_restart_of_the_front(stack: AloneStack, driver: Driver) -> None:
    """Killed and started again on the same port; the client asks again by itself."""
    stack.write("/restart/f", b"x")
    assert _paths(driver.call("list", path="/restart")) == ["/restart/f"]
    stack.meta.kill()
    stack.meta.start()
    assert _paths(driver.call("list", path="/restart")) == ["/restart/f"]
    stack.meta.wait_ready("admin", 30)
    assert "answers by itself, from 3 workers" in stack.meta.get("/readyz", "admin").data.decode()
