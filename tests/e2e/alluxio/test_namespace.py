"""Mounts, names of one file in several systems, and what only the under-store knows."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.driver import DriverError
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.waiting import until

BLOCK = 16 << 10
# alluxio.mount_refresh is 3 s here.
MOUNT_SECONDS = 10.0
# The cluster's TTL checker runs twice a second.
TTL_SECONDS = 3.0


@pytest.fixture(scope="module")
def mounts(cluster: AlluxioCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """A mount within a mount."""
    outer, inner = (tmp_path_factory.mktemp(name) for name in ("outer", "inner"))
    found = {"/mnt": outer, "/mnt/in": inner}
    for path, folder in found.items():
        cluster.driver.call("mount", path=path, ufs=folder.as_uri().replace("file://", ""))
    yield found
    for path in reversed(found):
        cluster.driver.call("unmount", path=path)


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_every_name_of_a_file_leads_to_the_same_answer(
    source: str, cluster: AlluxioCluster, sources: dict[str, AlluxioStack], mounts: dict[str, Path]
) -> None:
    """alluxio:/// with and without a master's address, the under-store's own name, the path; in nested mounts."""
    stack = sources[source]
    (master,) = cluster.masters.values()
    wanted = {"/": str(cluster.ufs), **{path: str(folder) for path, folder in mounts.items()}}
    until("the mount table", MOUNT_SECONDS, lambda: _plain(stack.ask.mounts()) == wanted, every=0.2)
    for number, (path, folder) in enumerate(wanted.items(), 1):
        file = f"{path.rstrip('/')}/names-{source}/f"
        cluster.driver.call("write", path=file, size=number * BLOCK, block=BLOCK, type="CACHE_THROUGH")
        names = [
            file,
            f"alluxio://{file}",
            f"alluxio://{master.address()}{file}",
            f"file://{folder}/names-{source}/f",
        ]
        expected = truth.settled(cluster, str(Path(file).parent))
        for name in names:
            truth.agrees(stack.ask, name, expected, 15)
    # The folder that holds the inner mount shows what is in it.
    outer = [f"/mnt/names-{source}/f", f"/mnt/in/names-{source}/f"]
    truth.agrees(stack.ask, "file://" + str(mounts["/mnt"]) + f"/names-{source}", _only(cluster, outer[0]), 15)
    both = stack.ask.ask(*outer)
    assert [one.length for one in both] == [2 * BLOCK, 3 * BLOCK]


def test_mounts_are_shown_to_a_person(
    cluster: AlluxioCluster, sources: dict[str, AlluxioStack], mounts: dict[str, Path]
) -> None:
    """locusctl mounts, as a table and as JSON."""
    stack = sources["alluxio"]
    until("the mount table", MOUNT_SECONDS, lambda: len(stack.ask.mounts()) == 3, every=0.2)
    said = stack.locusctl("mounts")
    assert said.status == 0, said.errors
    for path, folder in {"/": cluster.ufs, **mounts}.items():
        assert any(path in line.split() and str(folder) in line for line in said.output.splitlines()), said.output
    told = stack.locusctl("--json", "mounts")
    assert {one["path"] for one in told.json()["mounts"]} == {"/", *mounts}


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_a_question_loads_nothing_and_gives_nothing_a_time_to_live(
    source: str, cluster: AlluxioCluster, sources: dict[str, AlluxioStack]
) -> None:
    """Files that only the under-store has: Alluxio knows of none afterwards, and none is gone.

    A list call of a careless client would load them with a time to live of zero, and the master would delete them from
    the under-store.
    """
    stack = sources[source]
    folder = cluster.ufs / f"unasked-{source}"
    (folder / "deep").mkdir(parents=True)
    files = [folder / "one", folder / "deep" / "two"]
    for file in files:
        file.write_bytes(bytes(100))
    questions = [f"/{folder.name}", f"/{folder.name}/one", f"/{folder.name}/deep/*", f"file://{folder}/deep"]
    with stack.ask.want(*questions):
        _answered(stack, questions)
        asked = time.monotonic()
        while time.monotonic() < asked + TTL_SECONDS:
            stack.ask.ask(*questions)
            time.sleep(0.1)
    with pytest.raises(DriverError, match="(?i)not.*exist"):
        cluster.status(f"/{folder.name}/one")
    _asked_again_when_loaded(cluster, stack, folder, questions)
    assert all(file.exists() for file in files)


def _asked_again_when_loaded(cluster: AlluxioCluster, stack: AlluxioStack, folder: Path, questions: list[str]) -> None:
    cluster.driver.call("list", path=f"/{folder.name}", load="ONCE", recursive=True)
    with stack.ask.want(*questions):
        until("all files", 15, lambda: stack.ask.one(questions[0]).files == 2)
        time.sleep(TTL_SECONDS)
    loaded = cluster.driver.call("list", path=f"/{folder.name}", recursive=True)
    assert len(loaded) == 3 and {one["ttl"] for one in loaded} == {-1}
    assert cluster.status(f"/{folder.name}")["ttl"] == -1


def _answered(stack: AlluxioStack, questions: list[str]) -> None:
    until("answers", 15, lambda: all(one.state != "PENDING" for one in stack.ask.ask(*questions)))
    for one in stack.ask.ask(*questions):
        assert (one.files, one.cached) == (0, 0), one


def _only(cluster: AlluxioCluster, path: str) -> truth.Truth:
    return truth.of([cluster.status(path)], cluster.replicas())


def _plain(mounts: dict[str, str]) -> dict[str, str]:
    return {path: uri.removeprefix("file://").rstrip("/") for path, uri in mounts.items()}
