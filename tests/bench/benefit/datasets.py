"""The data: files of random sizes, each on one node, by a published seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.alluxio.driver import Driver

_MIB = 1 << 20
# Spark takes large files first. With sizes that have nothing to do with the node, the order in which tasks are handed
# out has nothing to do with it either; equal sizes, listed node by node, would make chance look like locality.
_SMALLEST, _LARGEST = 12 * _MIB, 20 * _MIB
# One block a file.
BLOCK = 32 * _MIB


@dataclass(frozen=True)
class File:
    """One file, cached on one node; host "": nowhere."""

    name: str
    size: int
    host: str


@dataclass(frozen=True)
class DataSet:
    """A folder of Alluxio's."""

    name: str
    files: tuple[File, ...]

    @property
    def folder(self) -> str:
        """Its path."""
        return f"/{self.name}"

    @property
    def size(self) -> int:
        """All bytes."""
        return sum(file.size for file in self.files)

    def write(self, driver: Driver) -> None:
        """Each file into the memory of its worker alone, or only into the under-store."""
        for file in self.files:
            kind = "MUST_CACHE" if file.host else "THROUGH"
            place = {"host": file.host} if file.host else {}
            driver.call("write", path=f"{self.folder}/{file.name}", size=file.size, block=BLOCK, type=kind, **place)


def spread(name: str, files: int, hosts: Sequence[str], seed: int) -> DataSet:
    """The same number on each host, in an order that has nothing to do with it. No hosts: cached nowhere."""
    chance = random.Random(f"{seed} {name}")
    places = [hosts[number % len(hosts)] if hosts else "" for number in range(files)]
    chance.shuffle(places)
    return DataSet(
        name,
        tuple(
            File(f"part-{number:03d}", chance.randint(_SMALLEST, _LARGEST), host) for number, host in enumerate(places)
        ),
    )


def lies_as_planned(data: DataSet, cluster: AlluxioCluster) -> None:
    """Raises AssertionError unless Alluxio says that each file is where it should be, and nowhere else."""
    for file in data.files:
        blocks = cluster.status(f"{data.folder}/{file.name}")["blocks"]
        found = sorted({location["host"] for block in blocks for location in block["locations"]})
        assert found == ([file.host] if file.host else []), f"{data.folder}/{file.name} lies on {found or 'no node'}"
