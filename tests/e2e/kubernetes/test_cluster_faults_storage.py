"""Workers and their disks fail while pods come: none is unschedulable, and metric and log line tell."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from locus_e2e import cache_client, faulty_cluster
from locus_e2e.cache_client import LoadFailed
from locus_e2e.dataset import MIB, CachedFile
from locus_e2e.faulty_cluster import DATA, HOLDER, WORKERS, FaultyCluster, worker_of

# kube-scheduler signs its own certificate.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

# A disk of its own; store.keep_free is 256 MiB.
_FULL = "node-3"
_DISK_BYTES, _LEFT_BYTES = 288 * MIB, 8 * MIB
_FLAPPING_SECONDS, _UP_SECONDS = 20.0, 1.5


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Holds all folders of one node's worker. Only root mounts file systems; others get none."""
    path = tmp_path_factory.mktemp("disk")
    if os.geteuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "locus-test", path], check=True)
    yield path
    if os.geteuid() == 0:
        subprocess.run(["umount", path], check=True)


@pytest.fixture(scope="module")
def scene(run_folder: Path, disk: Path) -> Iterator[FaultyCluster]:
    """One for all tests: each leaves it as it found it."""

    def prepare(nodes: Path) -> None:
        for name in ("dev", "var"):
            (disk / name).mkdir()
            (nodes / _FULL / name).symlink_to(disk / name)

    with faulty_cluster.open_cluster(run_folder, prepare=prepare) as opened:
        yield opened


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts file systems")
def test_a_disk_is_full(scene: FaultyCluster, disk: Path) -> None:
    """Of a worker, with what others write there: it caches nothing more, reads go on, and pods with them."""
    worker = scene.part(worker_of(_FULL)).target
    one, other = (CachedFile(_FULL, f"{DATA}/part-{number}", "MEM") for number in (0, 1))
    cache_client.load({_FULL: worker}, [one])
    signs = scene.watch("a worker's disk full")
    others = disk / "others"
    with others.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - _LEFT_BYTES)
    with pytest.raises(LoadFailed, match="keep_free"):
        cache_client.load({_FULL: worker}, [other])
    assert [scene.place_both() for _ in range(3)] == [HOLDER] * 3
    signs.wait(5)
    others.unlink()
    cache_client.load({_FULL: worker}, [other])
    scene.wait_well()


def test_workers_flap(scene: FaultyCluster) -> None:
    """All of them, again and again: who was told a moment ago that the data is there may find it away, and runs."""
    signs = scene.watch("workers flapping")
    end = time.monotonic() + _FLAPPING_SECONDS
    pods = []
    while time.monotonic() < end:
        for node in WORKERS:
            scene.locus.kill(worker_of(node))
        pods += [scene.create(), scene.create("")]
        scene.bound(pods[-2:])
        time.sleep(_UP_SECONDS)
    assert len(pods) > 10
    signs.wait(5)
    # Blocks survive their worker's end.
    scene.wait_well()
