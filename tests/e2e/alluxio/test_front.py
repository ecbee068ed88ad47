"""Alluxio's own client through locus-meta's front, beside the same client at the master."""

import contextlib
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import settings
from locus_e2e.alluxio.cluster import HA_MASTER_HOSTS, AlluxioCluster, Shape
from locus_e2e.alluxio.driver import Driver, DriverError
from locus_e2e.alluxio.stack import AlluxioStack, node_of
from locus_e2e.pods_double import PodsDouble, executor
from locus_e2e.ports import free_port
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

FOLDER = "/front"
FILES = 12
BLOCK = 64 << 10
_LOCAL = "127.0.0.1"
# An election takes some seconds, and many on a busy machine. Below what a driver is waited for; two minutes unless told
# otherwise.
_PATIENCE = {"alluxio.user.rpc.retry.max.duration": "50s"}


@dataclass
class Front:
    """locus-meta with a front, the API server that it asks, and clients."""

    stack: AlluxioStack
    api: PodsDouble
    address: str
    # At the front, and at the master.
    through: Driver
    straight: Driver


@contextlib.contextmanager
def _front(cluster: AlluxioCluster, processes: Processes, folder: Path, name: str) -> Iterator[Front]:
    with contextlib.ExitStack() as ends:
        api = ends.enter_context(PodsDouble())
        folder.mkdir(parents=True, exist_ok=True)
        kubeconfig = api.write_kubeconfig(folder / f"{name}.kubeconfig")
        port = free_port(_LOCAL)
        listen = {"address": _LOCAL, "port": port}
        extra = {
            "nodes": {"kubernetes": {"kubeconfig": str(kubeconfig)}},
            "front": {"enabled": True, "listen": listen},
        }
        stack = AlluxioStack(settings.programs(), folder / name, processes, cluster, "alluxio", extra)
        ends.enter_context(contextlib.closing(stack))
        address = f"{_LOCAL}:{port}"
        through = ends.enter_context(contextlib.closing(cluster.driver_at(address, f"driver-{name}", _PATIENCE)))
        yield Front(stack, api, address, through, cluster.driver)


@pytest.fixture(scope="module")
def front(single: tuple[AlluxioCluster, Processes], run_folder: Path) -> Iterator[Front]:
    """Before the cluster with one master, which has a folder of files."""
    cluster, processes = single
    for number in range(FILES):
        cluster.driver.call("write", path=f"{FOLDER}/part-{number:02}", size=2 * BLOCK, block=BLOCK)
    with _front(cluster, processes, run_folder, "locus-front") as started:
        yield started
    cluster.driver.call("delete", path=FOLDER)


@pytest.fixture
def executors(front: Front, cluster: AlluxioCluster) -> Iterator[dict[str, str]]:
    """Worker host -> the address of the executor there, of the application whose driver runs on this machine."""
    found = {host: f"127.0.9.{number}" for number, host in enumerate(cluster.workers, 1)}
    for number, (host, address) in enumerate(found.items(), 1):
        front.api.put(executor("app", number, address, host, node=node_of(host), driver=_LOCAL))
    until("executors in listings", 10, lambda: _hosts(front.through.call("list", path=FOLDER)) <= set(found.values()))
    yield found
    for number in range(1, len(found) + 1):
        front.api.remove(f"app-exec-{number}")
    until("no executors", 10, lambda: not _hosts(front.through.call("list", path=FOLDER)) & set(found.values()))


def _hosts(listing: list[dict[str, Any]]) -> set[str]:
    return {
        location["host"] for file in listing for block in file["blocks"] for location in block["locations"]
    }


def _moved(listing: list[dict[str, Any]], executors: dict[str, str]) -> list[dict[str, Any]]:
    """What a listing at the master ought to be at the front."""
    for file in listing:
        for block in file["blocks"]:
            for location in block["locations"]:
                location["host"] = executors[location["host"]]
    return listing


def test_an_unknown_caller_sees_what_the_master_says(front: Front) -> None:
    """Listings, a file, the workers and the leader."""
    for load in ("NEVER", "ONCE"):
        asked = functools.partial(Driver.call, op="list", path=FOLDER, recursive=True, load=load)
        assert asked(front.through) == asked(front.straight)
    path = f"{FOLDER}/part-00"
    assert front.through.call("status", path=path) == front.straight.call("status", path=path)
    # The client asks for them by another service; how long ago each was heard differs from moment to moment.
    assert {one["host"] for one in front.through.call("workers")} == {
        one["host"] for one in front.straight.call("workers")
    }


def test_an_application_sees_its_executors_where_workers_were(front: Front, executors: dict[str, str]) -> None:
    """In listings and in single files; all else stays."""
    straight = front.straight.call("list", path=FOLDER)
    assert _hosts(straight) == set(executors)
    assert front.through.call("list", path=FOLDER) == _moved(straight, executors)
    path = f"{FOLDER}/part-03"
    assert front.through.call("status", path=path) == _moved([front.straight.call("status", path=path)], executors)[0]


@pytest.mark.usefixtures("executors")
def test_files_are_read_and_written_through_the_front(front: Front) -> None:
    """A reader must see the workers' own addresses, although listings do not."""
    path = f"{FOLDER}/part-05"
    assert front.through.call("read", path=path) == front.straight.call("read", path=path)
    written = "/front-written/x"
    front.through.call("write", path=written, size=3 * BLOCK, block=BLOCK)
    assert front.straight.call("read", path=written) == front.through.call("read", path=written)
    front.through.call("rename", path=written, to="/front-written/y")
    with pytest.raises(DriverError, match="FileDoesNotExist"):
        front.through.call("status", path=written)
    front.through.call("delete", path="/front-written")
    with pytest.raises(DriverError, match="FileDoesNotExist"):
        front.straight.call("status", path="/front-written/y")


def test_a_client_outlives_a_restart_of_the_front(front: Front) -> None:
    """Killed and started again on the same port; the client asks again by itself."""
    before = front.through.call("list", path=FOLDER)
    front.stack.meta.kill()
    front.stack.meta.start()
    assert front.through.call("list", path=FOLDER) == before


def test_a_client_follows_the_leader_through_the_front(
    open_cluster: Callable[[Shape], tuple[AlluxioCluster, Processes, Path]],
) -> None:
    """Three masters, of which the leader is killed; the client knows the front only."""
    cluster, processes, folder = open_cluster(Shape(masters=HA_MASTER_HOSTS))
    cluster.driver.call("write", path=f"{FOLDER}/x", size=4 * BLOCK, block=BLOCK)
    with _front(cluster, processes, folder, "locus-front-ha") as front:
        before = front.through.call("list", path=FOLDER)
        assert [file["path"] for file in before] == [f"{FOLDER}/x"]
        cluster.kill(cluster.masters[cluster.leader()])
        assert [file["path"] for file in front.through.call("list", path=FOLDER)] == [f"{FOLDER}/x"]
        cluster.wait_registered(90)
        until("locations at the front", 30, lambda: front.through.call("list", path=FOLDER) == before)
