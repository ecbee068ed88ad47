"""A data set from a seed: partitioned folders of files of random sizes, and which node caches what in which tier."""

import random
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20
# Small blocks, so that a file of some MiB has several and the last one is short.
BLOCK_BYTES = 4 * MIB
_SMALLEST, _LARGEST = 2 * MIB, 12 * MIB
# Of what a node caches, this much lies in its MEM tier, the rest in SSD.
_MEM_FRACTION = 0.6


@dataclass(frozen=True)
class Table:
    """A part of the namespace, and which fraction of its bytes each node caches; the rest is cached nowhere."""

    # Path of the folder, with one `{}` where the partition's number stands, or none: an unpartitioned folder.
    folder: str
    partitions: int
    files: int
    fractions: dict[str, float]


@dataclass(frozen=True)
class CachedFile:
    """What a node is to load: a path of the namespace into a tier."""

    node: str
    path: str
    tier: str


def tables(nodes: list[str]) -> list[Table]:
    """The demo's tables for three nodes: two applications, each with most of its data on another node."""
    first, second, third = nodes
    return [
        Table("/warehouse/events/date=2026-11-{:02d}", 9, 18, {first: 0.65, second: 0.20, third: 0.05}),
        Table("/warehouse/orders/region={:02d}", 4, 12, {first: 0.05, second: 0.20, third: 0.65}),
        Table("/warehouse/users", 1, 6, {first: 0.05, second: 0.25, third: 0.60}),
    ]


@dataclass(frozen=True)
class DataSet:
    """Files of the under-store by path, with their sizes, and the plan of what is cached where."""

    sizes: dict[str, int]
    plan: list[CachedFile]

    @property
    def total_bytes(self) -> int:
        """Of all files."""
        return sum(self.sizes.values())


def describe(seed: int, wanted: list[Table]) -> DataSet:
    """The data set of a seed; the same for the same arguments. Touches nothing."""
    rng = random.Random(seed)
    sizes: dict[str, int] = {}
    plan: list[CachedFile] = []
    for table in wanted:
        paths: list[str] = []
        for number in range(table.files):
            folder = table.folder.format(1 + number % table.partitions)
            path = f"{folder}/part-{number // table.partitions:05d}-{rng.getrandbits(32):08x}.parquet"
            sizes[path] = rng.randint(_SMALLEST, _LARGEST)
            paths.append(path)
        rng.shuffle(paths)
        plan += _deal(table, paths, sizes)
    return DataSet(sizes, plan)


def write(data: DataSet, seed: int, origin: Path) -> None:
    """Writes the files; contents follow from `seed` and the path, so no two blocks are alike."""
    for path, size in data.sizes.items():
        target = origin / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(random.Random(f"{seed} {path}").randbytes(size))


def _deal(table: Table, paths: list[str], sizes: dict[str, int]) -> list[CachedFile]:
    """Gives each file to the node that is furthest below its fraction of the table, while any is."""
    total = sum(sizes[path] for path in paths)
    missing = {node: fraction * total for node, fraction in table.fractions.items()}
    in_memory = {node: _MEM_FRACTION * room for node, room in missing.items()}
    plan: list[CachedFile] = []
    # Large ones first: the small ones then fit the fractions closely.
    for path in sorted(paths, key=lambda path: -sizes[path]):
        node = max(missing, key=lambda name: missing[name])
        if missing[node] < sizes[path] / 2:
            continue
        tier = "MEM" if in_memory[node] >= sizes[path] / 2 else "SSD"
        if tier == "MEM":
            in_memory[node] -= sizes[path]
        missing[node] -= sizes[path]
        plan.append(CachedFile(node, path, tier))
    return plan
