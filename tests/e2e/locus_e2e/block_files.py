"""Reads workers' tier folders by docs/formats.md, not through any program of ours."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# magic, version, path bytes, file id, file length, block bytes, modified, index, chunk bytes, payload bytes, checksum
_FOOTER = struct.Struct("<8sIIQQQqIIQQ")
_MAGIC, _VERSION = b"LOCUSBLK", 1


class UnknownBlockFile(Exception):
    """A file that is not as docs/formats.md describes it."""


@dataclass(frozen=True)
class CachedBlock:
    """One block as it lies in a tier folder."""

    path: str
    file_length: int
    block_bytes: int
    index: int
    payload_bytes: int
    location: Path

    def payload(self) -> bytes:
        """The bytes of the file that this block holds."""
        with self.location.open("rb") as file:
            return file.read(self.payload_bytes)


def blocks(tier_folder: Path) -> Iterator[CachedBlock]:
    """Every block of a tier folder, in no order."""
    for location in tier_folder.glob("blocks/*/*.block"):
        yield read(location)


def read(location: Path) -> CachedBlock:
    """Reads the end of one block file. Raises UnknownBlockFile."""
    size = location.stat().st_size
    if size < _FOOTER.size:
        raise UnknownBlockFile(f"{location}: {size} bytes are less than a footer")
    with location.open("rb") as file:
        file.seek(size - _FOOTER.size)
        footer = file.read(_FOOTER.size)
        magic, version, path_bytes, file_id, length, block_bytes, _, index, chunk_bytes, payload, _ = _FOOTER.unpack(
            footer
        )
        if magic != _MAGIC or version != _VERSION:
            raise UnknownBlockFile(f"{location}: magic {magic!r}, version {version}")
        sums = 8 * -(-payload // chunk_bytes)
        if payload + sums + path_bytes + _FOOTER.size != size:
            raise UnknownBlockFile(f"{location}: its lengths do not add up to its {size} bytes")
        if location.name != f"{file_id:016x}-{index}.block":
            raise UnknownBlockFile(f"{location}: holds block {index} of {file_id:016x}")
        file.seek(payload + sums)
        path = file.read(path_bytes).decode()
    return CachedBlock(path, length, block_bytes, index, payload, location)
