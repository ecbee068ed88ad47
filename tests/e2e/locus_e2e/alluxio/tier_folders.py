"""What lies in the workers' tier folders: the truth that Locus' answers are held against.

A block of Alluxio is one file, named by its id in decimal and as long as the block: <tier folder>/alluxioworker/<id>.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DATA_FOLDER = "alluxioworker"
SPEED_ORDER = ("MEM", "SSD", "HDD")


@dataclass(frozen=True, order=True)
class Replica:
    """A block file."""

    host: str
    tier: str
    block: int
    length: int

    @property
    def container(self) -> int:
        """What all blocks of one file share."""
        return self.block >> 24

    @property
    def index(self) -> int:
        """Its position in the file."""
        return self.block & 0xFFFFFF


def replicas(tiers: Mapping[str, Mapping[str, Path]]) -> set[Replica]:
    """All block files of all workers (host -> tier -> folder). While a block moves between tiers it may be seen in
    both, or in neither."""
    found = set()
    for host, folders in tiers.items():
        for tier, folder in folders.items():
            for entry in _entries(folder / DATA_FOLDER):
                if entry.name.isdecimal():
                    try:
                        found.add(Replica(host, tier, int(entry.name), entry.stat().st_size))
                    except FileNotFoundError:
                        continue  # gone since the folder was listed
    return found


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []  # not made before its first block
