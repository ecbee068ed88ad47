"""What Locus ought to say of a folder: from the tier folders, and from Alluxio's own client.

The folders tell which blocks lie where; the client tells which blocks a file has. Locus has no part in it.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.questions import Block, Meta
from locus_e2e.alluxio.tier_folders import SPEED_ORDER, Replica
from locus_e2e.waiting import WaitedTooLong

# How long nothing may change before a state counts as settled: a worker tells its master each second.
_QUIET_SECONDS = 1.5
# How often workers may rearrange a folder's blocks while Locus is asked about it.
_MOVES = 4
# Lines of a difference that a person wants to see.
_SHOWN = 20


@dataclass(frozen=True)
class Truth:
    """Of all files below a folder."""

    length: int
    files: int
    blocks: dict[tuple[str, int], Block]

    def held(self) -> dict[tuple[str, str], int]:
        """(host, tier) -> distinct bytes."""
        found: dict[tuple[str, str], int] = {}
        for block in self.blocks.values():
            for key in block.holders:
                found[key] = found.get(key, 0) + block.length
        return found

    def cached(self) -> int:
        """Bytes that lie on at least one worker."""
        return sum(block.length for block in self.blocks.values() if block.holders)


def of(files: Sequence[Mapping[str, Any]], replicas: Iterable[Replica]) -> Truth:
    """`files`: as the driver lists them; `replicas`: as they lie in the folders."""
    by_block: dict[int, dict[str, str]] = {}
    for replica in replicas:
        tiers = by_block.setdefault(replica.block, {})
        # A block in two tiers of one worker counts in the faster one.
        tiers[replica.host] = min(tiers.get(replica.host, replica.tier), replica.tier, key=SPEED_ORDER.index)
    blocks = {}
    for file in files:
        for index, block in enumerate(file["block_ids"]):
            offset = index * file["block_size"]
            length = min(file["block_size"], file["length"] - offset)
            blocks[(file["path"], index)] = Block(offset, length, frozenset(by_block.get(block, {}).items()))
    return Truth(sum(file["length"] for file in files), len(files), blocks)


def settled(cluster: AlluxioCluster, folder: str, seconds: float = 30.0) -> Truth:
    """Waits until the folders, and what the master says of them, agree and rest. Raises WaitedTooLong."""
    deadline = time.monotonic() + seconds
    since, last = time.monotonic(), None
    while True:
        files = [one for one in cluster.driver.call("list", path=folder, recursive=True) if not one["folder"]]
        replicas = cluster.replicas()
        now = (files, replicas)
        if now != last:
            since, last = time.monotonic(), now
        apart = difference(_by_master(files), _by_folders(files, replicas))
        if not apart and time.monotonic() - since >= _QUIET_SECONDS:
            return of(files, replicas)
        if time.monotonic() > deadline:
            raise WaitedTooLong(f"Alluxio did not settle within {seconds:g} s; master -> folders:\n{apart}")
        time.sleep(0.25)


def agrees(meta: Meta, folder: str, expected: Truth, seconds: float) -> float:
    """Waits until Locus says exactly what is expected, and returns after how many seconds it did.

    Fails with the difference.
    """
    began = time.monotonic()
    while True:
        apart = compare(meta, folder, expected)
        took = time.monotonic() - began
        if not apart:
            return took
        assert took < seconds, f"still wrong after {seconds:g} s, expected -> said:\n{apart}"
        time.sleep(0.05)


def follows(meta: Meta, cluster: AlluxioCluster, folder: str, seconds: float) -> float:
    """As `agrees`, with what lies in the folders by then.

    An idle worker moves blocks to a faster tier on its own, also after a state had settled. Locus is wrong if it
    differs from folders that have not changed while it was asked.
    """
    expected = settled(cluster, folder)
    for _ in range(_MOVES):
        try:
            return agrees(meta, folder, expected, seconds)
        except AssertionError:
            now = settled(cluster, folder)
            if now == expected:
                raise
            expected = now
    raise WaitedTooLong(f"Alluxio moved blocks of {folder} {_MOVES} times")


def compare(meta: Meta, folder: str, expected: Truth) -> str:
    """Every way in which Locus' present answers differ from the truth; empty when they do not."""
    said = meta.one(folder)
    figures = {
        "state": ("KNOWN", said.state),
        "length": (expected.length, said.length),
        "files": (expected.files, said.files),
        "blocks": (len(expected.blocks), said.blocks),
        "cached": (expected.cached(), said.cached),
    }
    lines = [f"{name}: {want} -> {have}" for name, (want, have) in figures.items() if want != have]
    lines.append(difference(expected.held(), said.held))
    lines.append(difference(expected.blocks, meta.blocks(folder)))
    return "\n".join(line for line in lines if line)


def difference(expected: Mapping[Any, Any], said: Mapping[Any, Any]) -> str:
    """The first keys whose values differ."""
    keys = [key for key in {**expected, **said} if expected.get(key) != said.get(key)]
    lines = [f"{key}: {expected.get(key)} -> {said.get(key)}" for key in sorted(keys)[:_SHOWN]]
    if len(keys) > _SHOWN:
        lines.append(f"and {len(keys) - _SHOWN} more")
    return "\n".join(lines)


def _by_master(files: Sequence[Mapping[str, Any]]) -> dict[int, set[tuple[str, str]]]:
    return {
        block["id"]: {(one["host"], one["tier"]) for one in block["locations"]}
        for file in files
        for block in file["blocks"]
        if block["locations"]
    }


def _by_folders(files: Sequence[Mapping[str, Any]], replicas: Iterable[Replica]) -> dict[int, set[tuple[str, str]]]:
    wanted = {block for file in files for block in file["block_ids"]}
    found: dict[int, set[tuple[str, str]]] = {}
    for replica in replicas:
        if replica.block in wanted:
            found.setdefault(replica.block, set()).add((replica.host, replica.tier))
    return found
