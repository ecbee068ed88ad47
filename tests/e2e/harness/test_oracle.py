"""The oracle itself, on folders written here by hand."""

import struct
import zlib
from pathlib import Path

import pytest
from locus_e2e import block_files, oracle
from locus_e2e.oracle import Coverage

CHUNK = 1 << 20


def _write_block(tier: Path, path: str, length: int, index: int, block_bytes: int, payload: bytes) -> Path:
    """A block file as docs/formats.md has it; checksums are zero: the oracle compares contents instead."""
    sums = bytes(8 * -(-len(payload) // CHUNK))
    name = path.encode()
    file_id = zlib.crc32(name)
    footer = struct.pack(
        "<8sIIQQQqIIQQ", b"LOCUSBLK", 1, len(name), file_id, length, block_bytes, 0, index, CHUNK, len(payload), 0
    )
    location = tier / "blocks" / f"{file_id:016x}"[:2] / f"{file_id:016x}-{index}.block"
    location.parent.mkdir(parents=True, exist_ok=True)
    location.write_bytes(payload + sums + name + footer)
    return location


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """/w/a.parquet (10 bytes), /w/b.txt (6), /w/deep/c.parquet (4), /other/a.parquet (8)."""
    folder = tmp_path / "origin"
    for name, size in {"w/a.parquet": 10, "w/b.txt": 6, "w/deep/c.parquet": 4, "other/a.parquet": 8}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(bytes(range(size)))
    return folder


@pytest.mark.parametrize(
    ("inputs", "length"),
    [
        (["alluxio:///w"], 20),
        (["alluxio://host:19998/w/"], 20),
        (["/w/a.parquet"], 10),
        (["/w/*.parquet"], 10),
        (["/*/a.parquet"], 18),
        (["/w/de?p"], 4),
        (["/w", "/w/a.parquet"], 20),
        (["/w/deep", "/other"], 12),
        (["/nowhere"], 0),
        (["/"], 28),
    ],
)
def test_inputs_name_files_folders_and_globs_within_a_component(origin: Path, inputs: list[str], length: int) -> None:
    """What two inputs name counts once."""
    assert oracle.coverage(origin, {}, inputs).length == length


def test_a_block_in_two_tiers_counts_once_in_the_faster_one(origin: Path, tmp_path: Path) -> None:
    """Blocks of other files and of other nodes do not mix in."""
    tiers = {node: {"SSD": tmp_path / node / "ssd", "MEM": tmp_path / node / "mem"} for node in ("n1", "n2")}
    _write_block(tiers["n1"]["MEM"], "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    _write_block(tiers["n1"]["SSD"], "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    _write_block(tiers["n1"]["SSD"], "/w/a.parquet", 10, 2, 4, b"\x08\x09")
    _write_block(tiers["n2"]["SSD"], "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    _write_block(tiers["n2"]["MEM"], "/other/a.parquet", 8, 0, 4, b"\0\1\2\3")
    found = oracle.coverage(origin, tiers, ["/w"])
    assert found == Coverage(20, {"n1": {"MEM": 4, "SSD": 2}, "n2": {"SSD": 4}})


def test_copies_of_a_block_are_one_set_of_bytes_on_several_nodes(origin: Path, tmp_path: Path) -> None:
    """By who holds them, in whatever tier."""
    tiers = {node: {"SSD": tmp_path / node / "ssd", "MEM": tmp_path / node / "mem"} for node in ("n1", "n2")}
    _write_block(tiers["n1"]["MEM"], "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    _write_block(tiers["n2"]["SSD"], "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    _write_block(tiers["n2"]["MEM"], "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    _write_block(tiers["n2"]["SSD"], "/w/a.parquet", 10, 2, 4, b"\x08\x09")
    _write_block(tiers["n2"]["SSD"], "/w/b.txt", 6, 1, 4, b"\4\5")
    _write_block(tiers["n2"]["MEM"], "/other/a.parquet", 8, 0, 4, b"\0\1\2\3")
    assert oracle.copies(origin, tiers, ["/w"]) == {frozenset({"n1", "n2"}): 4, frozenset({"n2"}): 4}


def test_executors_leave_what_their_shares_do_not_reach() -> None:
    """The fastest tier goes first."""
    coverage = Coverage(100, {"n1": {"SSD": 30, "MEM": 20}, "n2": {"MEM": 5}})
    assert coverage.left({"n1": 1, "n2": 2}, 25) == Coverage(100, {"n1": {"SSD": 25, "MEM": 0}, "n2": {"MEM": 0}})
    assert coverage.left({}, 25) == coverage


def test_a_share_is_read_from_the_fastest_tier_first() -> None:
    """50 MB of share at 125 MB/s; 20 MB of it at 6 GB/s and 30 MB at 1.5 GB/s."""
    coverage = Coverage(100_000_000, {"n1": {"SSD": 40_000_000, "MEM": 20_000_000}})
    assert coverage.saved_seconds("n1", 50_000_000) == pytest.approx(0.4 - 20 / 6000 - 30 / 1500)


def test_saved_seconds_are_those_worked_out_by_hand() -> None:
    """100 MB to read at 125 MB/s; 60 MB of it at 6 GB/s, or 30 MB at 1.5 GB/s."""
    coverage = Coverage(100_000_000, {"mem": {"MEM": 60_000_000}, "ssd": {"SSD": 30_000_000}})
    # 0.8 s - (0.01 s + 0.32 s)
    assert coverage.saved_seconds("mem") == pytest.approx(0.47)
    # 0.8 s - (0.02 s + 0.56 s)
    assert coverage.saved_seconds("ssd") == pytest.approx(0.22)
    assert coverage.saved_seconds("nothing") == pytest.approx(0)


def test_nodes_within_five_percent_of_the_best_with_room_are_good() -> None:
    """The best one does not count when it has no room."""
    mem = {"best": 100, "close": 96, "far": 94, "little": 10}
    coverage = Coverage(1000, {node: {"MEM": size} for node, size in mem.items()})
    assert oracle.good_nodes(coverage, ["far", "close", "best", "little"]) == ["close", "best"]
    assert oracle.good_nodes(coverage, ["little", "far"]) == ["far"]
    assert oracle.good_nodes(Coverage(1000, {}), ["a", "b"]) == ["a", "b"]


def test_a_block_whose_bytes_differ_from_the_file_is_told(origin: Path, tmp_path: Path) -> None:
    """The cache's content is compared, not its checksums."""
    _write_block(tmp_path, "/w/a.parquet", 10, 1, 4, b"\4\5\6\7")
    assert oracle.wrong_payloads(origin, tmp_path) == []
    _write_block(tmp_path, "/w/a.parquet", 10, 2, 4, b"\x08\xff")
    assert oracle.wrong_payloads(origin, tmp_path) == ["/w/a.parquet block 2"]


@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 100])
def test_a_file_that_is_no_block_is_not_guessed_at(tmp_path: Path, damage: bytes) -> None:
    """The oracle would rather fail than count wrongly."""
    location = _write_block(tmp_path, "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    location.write_bytes(damage)
    with pytest.raises(block_files.UnknownBlockFile):
        list(block_files.blocks(tmp_path))


def test_a_block_file_cut_short_is_not_guessed_at(tmp_path: Path) -> None:
    """Its lengths do not add up any more."""
    location = _write_block(tmp_path, "/w/a.parquet", 10, 0, 4, b"\0\1\2\3")
    location.write_bytes(location.read_bytes()[1:])
    with pytest.raises(block_files.UnknownBlockFile):
        list(block_files.blocks(tmp_path))
