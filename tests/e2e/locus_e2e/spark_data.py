"""Tables for Spark, with contents that anybody can compute, and a say in which worker caches which file."""

import hashlib
import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from locus_e2e.alluxio.cluster import AlluxioCluster
from locus_e2e.spark_app.application import Sums

# Bytes of a line without its end.
_LINE = 1000


@dataclass(frozen=True)
class Table:
    """Files of one folder of Alluxio's namespace, each of one block."""

    path: str
    # What Spark must find, from what was written: not from Alluxio, not from Spark.
    sums: Sums
    # Name of a file -> its bytes on disk.
    sizes: dict[str, int]

    @property
    def bytes(self) -> int:
        """On disk."""
        return sum(self.sizes.values())


def binary(ufs: Path, path: str, files: int, size: int, seed: int = 1) -> Table:
    """Noise. Sizes differ, at random: with equal ones Spark reads worker by worker, in the order of the listing."""
    rng = random.Random(f"{seed} {path}")
    contents = {f"{number:04}.bin": rng.randbytes(size - rng.randrange(size // 16)) for number in range(files)}
    return _write(ufs, path, contents, contents.values())


def text(ufs: Path, path: str, files: int, size: int, seed: int = 1) -> Table:
    """Lines of hexadecimal digits. No file is longer than `size`: Spark would cut it and pack the rest with pieces of
    other files, which lie on other nodes."""
    rng = random.Random(f"{seed} {path}")
    lines_of = {
        f"{number:04}.txt": [
            rng.randbytes(_LINE // 2).hex().encode() for _ in range((size - rng.randrange(size // 16)) // (_LINE + 1))
        ]
        for number in range(files)
    }
    contents = {name: b"".join(line + b"\n" for line in lines) for name, lines in lines_of.items()}
    return _write(ufs, path, contents, (line for lines in lines_of.values() for line in lines))


def numbered(ufs: Path, path: str, rows: int, repeat: int) -> Table:
    """What a job has written to this folder of the under-store as Parquet: row n holds the MD5 of n in hex, `repeat`
    times. The sums are computed here."""
    folder = ufs / path.lstrip("/")
    values = [hashlib.md5(str(number).encode()).hexdigest().encode() * repeat for number in range(rows)]
    sizes = {file.name: file.stat().st_size for file in folder.glob("*.parquet")}
    return Table(path, _sums(values), sizes)


def cache(alluxio: AlluxioCluster, table: Table, hosts: Sequence[str]) -> dict[str, str]:
    """Each file on one worker, in turn over `hosts`, and nowhere else; file -> host."""
    alluxio.driver.call("list", path=table.path, load="ONCE")
    placed = {}
    # In the order of sizes, so that every host gets as many bytes as the others, or nearly.
    for number, name in enumerate(sorted(table.sizes, key=lambda name: table.sizes[name])):
        host = hosts[number % len(hosts)]
        alluxio.driver.call("read", path=f"{table.path}/{name}", host=host)
        placed[name] = host
    return placed


def _write(ufs: Path, path: str, contents: dict[str, bytes], values: Iterable[bytes]) -> Table:
    folder = ufs / path.lstrip("/")
    folder.mkdir(parents=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return Table(path, _sums(values), {name: len(content) for name, content in contents.items()})


def _sums(values: Iterable[bytes]) -> Sums:
    rows = size = crc = 0
    for value in values:
        rows, size, crc = rows + 1, size + len(value), crc ^ zlib.crc32(value)
    return Sums(rows, size, crc)
