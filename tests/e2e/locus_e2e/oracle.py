"""Which nodes are right for a pod: computed from the workers' folders and the pods themselves, with no help from Locus.

Independent of the code under test: block files are read here, inputs are matched here, seconds are computed here.
What it takes from the design is the meaning of "best" (6.4): saved(n) = s / network - (sum over tiers of taken bytes /
tier bandwidth + (s - taken) / network), with s the bytes of the pod's inputs and taken = what of them the node holds,
the fastest tier counting where a block lies in two. Headroom is left out: workers of a run report no load, and sites
have what pods request count for nothing (locus_e2e/extender.py).
"""

import fnmatch
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import block_files

# Bytes a second; the defaults of proto/config/v1/extender.proto, in decimal units as written there.
TIER_BANDWIDTH = {"MEM": 6e9, "SSD": 1.5e9, "HDD": 150e6}
NETWORK_BANDWIDTH = 1e9 / 8
_SPEED_ORDER = ("MEM", "SSD", "HDD")

# Nodes within this fraction of the best count as best.
TOLERANCE = 0.05


@dataclass(frozen=True)
class Coverage:
    """Bytes of a set of inputs: in all, and by node and tier."""

    length: int
    nodes: dict[str, dict[str, int]]

    def cached(self, node: str) -> int:
        """Distinct bytes on a node."""
        return sum(self.nodes.get(node, {}).values())

    def saved_seconds(self, node: str, share: int | None = None) -> float:
        """What a pod that reads `share` bytes, or all of it, saves on this node, against reading over the network."""
        share = self.length if share is None else share
        taken = _fastest(self.nodes.get(node, {}), share)
        local = sum(size / TIER_BANDWIDTH[tier] for tier, size in taken.items())
        remote = (share - sum(taken.values())) / NETWORK_BANDWIDTH
        return share / NETWORK_BANDWIDTH - local - remote

    def left(self, executors: Mapping[str, int], share: int) -> "Coverage":
        """What executors (node -> how many) leave that have taken a share each from their node, the fastest tier
        first. Where no byte lies on two nodes."""
        nodes = {}
        for node, held in self.nodes.items():
            taken = _fastest(held, executors.get(node, 0) * share)
            nodes[node] = {tier: size - taken.get(tier, 0) for tier, size in held.items()}
        return Coverage(self.length, nodes)


def coverage(origin: Path, tiers: Mapping[str, Mapping[str, Path]], inputs: Sequence[str]) -> Coverage:
    """Walks the under-store `origin` and every tier folder (node -> tier -> folder)."""
    wanted = _files(origin, inputs)
    nodes: dict[str, dict[str, int]] = {}
    for node, folders in tiers.items():
        seen: set[tuple[str, int]] = set()
        for tier in sorted(folders, key=_SPEED_ORDER.index):
            for block in block_files.blocks(folders[tier]):
                if block.path in wanted and (block.path, block.index) not in seen:
                    seen.add((block.path, block.index))
                    held = nodes.setdefault(node, {})
                    held[tier] = held.get(tier, 0) + block.payload_bytes
    return Coverage(sum(file.stat().st_size for file in wanted.values()), nodes)


def copies(
    origin: Path, tiers: Mapping[str, Mapping[str, Path]], inputs: Sequence[str]
) -> dict[frozenset[str], int]:
    """Distinct cached bytes of the inputs, by the nodes that hold a copy of them in any tier."""
    wanted = _files(origin, inputs)
    holders: dict[tuple[str, int], set[str]] = {}
    sizes: dict[tuple[str, int], int] = {}
    for node, folders in tiers.items():
        for block in itertools.chain.from_iterable(block_files.blocks(folder) for folder in folders.values()):
            if block.path in wanted:
                holders.setdefault((block.path, block.index), set()).add(node)
                sizes[(block.path, block.index)] = block.payload_bytes
    found: dict[frozenset[str], int] = {}
    for block_id, nodes in holders.items():
        key = frozenset(nodes)
        found[key] = found.get(key, 0) + sizes[block_id]
    return found


def good_nodes(of: Coverage, with_room: Sequence[str]) -> list[str]:
    """Those of `with_room` that are best, or within TOLERANCE of it. All of them when nothing can be saved."""
    saved = {node: of.saved_seconds(node) for node in with_room}
    best = max(saved.values(), default=0.0)
    return [node for node in with_room if saved[node] >= (1 - TOLERANCE) * best]


def wrong_payloads(origin: Path, tier_folder: Path) -> list[str]:
    """Blocks whose bytes are not those of the under-store's file; empty when the cache tells the truth."""
    wrong = []
    for block in block_files.blocks(tier_folder):
        with (origin / block.path.lstrip("/")).open("rb") as file:
            file.seek(block.index * block.block_bytes)
            if file.read(block.payload_bytes) != block.payload():
                wrong.append(f"{block.path} block {block.index}")
    return wrong


def _fastest(held: Mapping[str, int], wanted: int) -> dict[str, int]:
    """Of what lies in each tier, `wanted` bytes or all there is."""
    taken = {}
    for tier in sorted(held, key=_SPEED_ORDER.index):
        taken[tier] = min(held[tier], wanted)
        wanted -= taken[tier]
    return taken


def _files(origin: Path, inputs: Sequence[str]) -> dict[str, Path]:
    """Distinct: a file that two inputs name is there once."""
    files = {"/" + str(path.relative_to(origin)): path for path in origin.rglob("*") if path.is_file()}
    patterns = [_path_of(uri) for uri in inputs]
    return {name: file for name, file in files.items() if any(_matches(name, pattern) for pattern in patterns)}


def _path_of(uri: str) -> str:
    """The path of alluxio:///a/b, alluxio://host:port/a/b or /a/b, without a slash at its end."""
    path = uri.partition("://")[2].partition("/")[2] if "://" in uri else uri.lstrip("/")
    return "/" + path.rstrip("/")


def _matches(path: str, pattern: str) -> bool:
    """Whether `path` is the pattern, or lies below it; wildcards stay within a component."""
    have, want = ([part for part in text.split("/") if part] for text in (path, pattern))
    return len(have) >= len(want) and all(fnmatch.fnmatchcase(*pair) for pair in zip(have, want))
