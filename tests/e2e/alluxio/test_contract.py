"""The contract suite that the fake master passes (tests/contract/alluxio), against the real one."""

import getpass
import json
import subprocess
from pathlib import Path
from typing import Any

from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.settings import contract_suite

ROOM = "/contract"
FOLDER = f"{ROOM}/data"
BLOCK = 32 << 10
_SUITE_SECONDS = 120

# Name -> bytes. One of several blocks with a short last one, one empty, names that are beginnings of others.
FILES = {
    "a": 3 * BLOCK + 100,
    "b": 0,
    "c c": BLOCK,
    "sub/one": BLOCK,
    "sub/two": 2 * BLOCK,
    "sub/deeper/three": 1,
    "sub-x/four": BLOCK - 1,
    "sub-x/five": BLOCK + 1,
    "s\u00fcb/six": 10,
    "z%41": 17,
    "z+1": 18,
    "z": 19,
    "zz": 20 * BLOCK,
}


def _world(cluster: AlluxioCluster) -> dict[str, Any]:
    """From what was written here, and from what lies in the tier folders."""
    for name, size in FILES.items():
        cluster.driver.call("write", path=f"{FOLDER}/{name}", size=size, block=BLOCK, type="CACHE_THROUGH")
    # Two copies of some blocks, none of others.
    cluster.driver.call("read", path=f"{FOLDER}/a", host="127.0.0.12")
    cluster.driver.call("free", path=f"{FOLDER}/zz")
    unloaded = cluster.ufs / ROOM.strip("/") / "unloaded"
    unloaded.mkdir()
    (unloaded / "unseen").write_bytes(b"x")
    cluster.driver.call("list", path=ROOM, load="ONCE")
    expected = truth.settled(cluster, FOLDER)
    return {
        "user": getpass.getuser(),
        "authentication": "SIMPLE",
        "folder": FOLDER,
        "files": [_file(cluster, expected, f"{FOLDER}/{name}", size) for name, size in FILES.items()],
        "unloaded_folder": f"{ROOM}/unloaded",
        "missing": f"{ROOM}/none",
        "workers": [{"host": host, "data_port": _port(cluster, host)} for host in cluster.workers],
        "mounts": [{"path": "/", "ufs_uri": str(cluster.ufs)}],
    }


def _file(cluster: AlluxioCluster, expected: truth.Truth, path: str, size: int) -> dict[str, Any]:
    blocks = [
        {
            "index": index,
            "locations": [
                {"host": host, "data_port": _port(cluster, host), "tier": tier} for host, tier in sorted(block.holders)
            ],
        }
        for (of, index), block in sorted(expected.blocks.items())
        if of == path and block.holders
    ]
    return {"path": path, "length": size, "block_size": BLOCK, "blocks": blocks}


def _port(cluster: AlluxioCluster, host: str) -> int:
    return cluster.workers[host].ports["rpc"]


def test_the_real_master_passes_the_suite_of_the_fake_one(cluster: AlluxioCluster, tmp_path: Path) -> None:
    """Its cases are counted by tools/dev, from the report that the suite leaves."""
    suite, report = contract_suite()
    world = tmp_path / "world.json"
    world.write_text(json.dumps(_world(cluster)))
    (master,) = cluster.masters.values()
    done = subprocess.run(
        [suite, "--reporter", "junit", "--out", report],
        env={"LOCUS_ALLUXIO_MASTER": master.address(), "LOCUS_ALLUXIO_WORLD": str(world), "TEST_TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SUITE_SECONDS,
    )
    cluster.driver.call("delete", path=FOLDER)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}{report.read_text() if report.exists() else ''}"
