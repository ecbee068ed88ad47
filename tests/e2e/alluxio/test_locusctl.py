"""What a person sees of a real Alluxio."""

import signal
import subprocess
from collections.abc import Iterator

import pytest
from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.stack import AlluxioStack, node_of
from locus_e2e.waiting import until

FOLDER = "/person"
BLOCK = 64 << 10


@pytest.fixture(scope="module")
def data(cluster: AlluxioCluster, sources: dict[str, AlluxioStack]) -> Iterator[truth.Truth]:
    """Twelve blocks; all on one worker, then four of them on another one too."""
    cluster.driver.call(
        "write", path=f"{FOLDER}/a", size=8 * BLOCK, block=BLOCK, type="CACHE_THROUGH", host="127.0.0.11"
    )
    cluster.driver.call(
        "write", path=f"{FOLDER}/b", size=4 * BLOCK, block=BLOCK, type="CACHE_THROUGH", host="127.0.0.11"
    )
    cluster.driver.call("read", path=f"{FOLDER}/b", host="127.0.0.12")
    until("copies", 15, lambda: _copies(cluster) == 16)
    expected = truth.settled(cluster, FOLDER)
    for stack in sources.values():
        truth.agrees(stack.ask, FOLDER, expected, 15)
    yield expected
    cluster.driver.call("delete", path=FOLDER)


def _copies(cluster: AlluxioCluster) -> int:
    return sum(len(block.holders) for block in truth.settled(cluster, FOLDER).blocks.values())


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_locality_of_a_uri(source: str, sources: dict[str, AlluxioStack], data: truth.Truth) -> None:
    """Nodes by name, bytes by tier."""
    stack = sources[source]
    said = stack.locusctl("locality", f"alluxio://{FOLDER}")
    assert said.status == 0, said.errors
    lines = {line.split()[0]: line for line in said.output.splitlines() if line.strip().startswith("node-")}
    assert set(lines) == {node_of("127.0.0.11"), node_of("127.0.0.12")}
    assert "768 KiB" in lines["node-11"] and "100%" in lines["node-11"]
    assert "256 KiB" in lines["node-12"]
    (told,) = stack.locusctl("--json", "locality", f"alluxio://{FOLDER}").json()["inputs"]
    held = {
        (holder["address"]["host"], tier): size
        for holder in told["holders"]
        for tier, size in holder["bytes"].items()
        if size
    }
    assert held == data.held()


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_workers_with_their_nodes(source: str, cluster: AlluxioCluster, sources: dict[str, AlluxioStack]) -> None:
    """Each at its own node, by its address; who tells of its blocks."""
    stack = sources[source]
    said = stack.locusctl("workers")
    assert said.status == 0, said.errors
    for host, worker in cluster.workers.items():
        (line,) = [line for line in said.output.splitlines() if f"{host}:{worker.ports['rpc']}" in line]
        assert node_of(host) in line and "live" in line
    found = stack.ask.workers()
    assert set(found) == set(cluster.workers)
    for host, one in found.items():
        assert one.node == node_of(host) and one.address.data_port == cluster.workers[host].ports["rpc"]
        assert one.BlocksFrom.Name(one.blocks_from) == ("REPORT" if source == "both" else "MASTER")
        assert one.problem == ""


@pytest.mark.parametrize("source", ["both", "alluxio"])
def test_watch_shows_a_cache_that_fills(source: str, cluster: AlluxioCluster, sources: dict[str, AlluxioStack]) -> None:
    """Each change by itself; Ctrl-C ends it."""
    folder = f"/watched-{source}"
    cluster.driver.call(
        "write", path=f"{folder}/x", size=8 * BLOCK, block=BLOCK, type="CACHE_THROUGH", host="127.0.0.11"
    )
    cluster.driver.call("free", path=folder)
    until("blocks to be freed", 20, lambda: not truth.settled(cluster, folder).cached())
    stack = sources[source]
    command = stack.locusctl_command("watch", f"alluxio://{folder}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as watch:
        try:
            until("the input", 20, lambda: stack.ask.one(folder).state == "KNOWN")
            cluster.driver.call("read", path=f"{folder}/x", host="127.0.0.13")
            until("the bytes", 20, lambda: stack.ask.one(folder).on("127.0.0.13") == 8 * BLOCK)
            assert watch.stdout is not None
            shown = ""
            for line in watch.stdout:
                shown += line
                if "node-13" in line and "512 KiB" in line:
                    break
            else:
                raise AssertionError(f"it ended by itself:\n{shown}")
            watch.send_signal(signal.SIGINT)
            assert watch.wait(10) in (0, 130)
        finally:
            watch.kill()
    cluster.driver.call("delete", path=folder)
