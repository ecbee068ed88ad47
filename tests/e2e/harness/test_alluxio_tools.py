"""The lock of Alluxio's jars, and the truth that Locus is held against, on samples written here by hand."""

from pathlib import Path

import pytest
from devkit import alluxio, jar_lock, maven, steps
from locus_e2e.alluxio import tier_folders, truth
from locus_e2e.alluxio.questions import Block
from locus_e2e.alluxio.tier_folders import Replica

ONE = maven.Artifact("org.example", "one", "1.0")
NATIVE = maven.Artifact("org.example", "two", "2.0.Final", "linux-x86_64")


def test_coordinates_are_read_as_they_are_written() -> None:
    """With and without a classifier; nothing else."""
    for artifact, jar in ((ONE, "one-1.0.jar"), (NATIVE, "two-2.0.Final-linux-x86_64.jar")):
        assert maven.Artifact.parse(str(artifact)) == artifact
        assert artifact.jar == jar
    for text in ("", "a:b", "a:b:c:d:e", "a:b:[1,2)", "a:b:../c"):
        with pytest.raises(ValueError, match="group:artifact:version"):
            maven.Artifact.parse(text)


def test_the_lock_names_every_jar_once_with_a_digest_and_nothing_that_may_change() -> None:
    """No two of them end up under one name; no snapshot; one logger."""
    locked = jar_lock.read(alluxio.LOCK)
    assert len({artifact.jar for artifact in locked}) == len(locked) > 200
    assert all(len(digest) == 64 and set(digest) <= set("0123456789abcdef") for digest in locked.values())
    assert not [str(artifact) for artifact in locked if "SNAPSHOT" in artifact.version]
    assert "slf4j-reload4j" not in {artifact.name for artifact in locked}
    mine = {artifact.version for artifact in locked if artifact.group == "org.alluxio"}
    assert mine == {"2.9.6"}


@pytest.mark.parametrize(
    ("jars", "wrong"),
    [
        ({"one-1.0.jar": b"a"}, "two-2.0.Final-linux-x86_64.jar is missing"),
        ({"one-1.0.jar": b"x", "two-2.0.Final-linux-x86_64.jar": b"b"}, "one-1.0.jar differs"),
        (
            {"one-1.0.jar": b"a", "two-2.0.Final-linux-x86_64.jar": b"b", "three-3.jar": b"c"},
            "three-3.jar is not in the lock",
        ),
    ],
)
def test_a_fetch_that_is_not_what_the_lock_names_is_refused(jars: dict[str, bytes], wrong: str, tmp_path: Path) -> None:
    """One byte suffices."""
    (tmp_path / "sample").write_bytes(b"a")
    (tmp_path / "other").write_bytes(b"b")
    wanted = {ONE: jar_lock.sha256(tmp_path / "sample"), NATIVE: jar_lock.sha256(tmp_path / "other")}
    folder = tmp_path / "lib"
    folder.mkdir()
    for name, content in jars.items():
        (folder / name).write_bytes(content)
    with pytest.raises(steps.StepFailed, match=wrong):
        jar_lock.check(folder, alluxio.LOCK, wanted, tmp_path)


def test_a_fetch_that_is_what_the_lock_names_passes(tmp_path: Path) -> None:
    """The other way round."""
    (tmp_path / ONE.jar).write_bytes(b"a")
    jar_lock.check(tmp_path, alluxio.LOCK, {ONE: jar_lock.sha256(tmp_path / ONE.jar)}, tmp_path)


def _block_file(folder: Path, name: str, size: int) -> None:
    path = folder / tier_folders.DATA_FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(size))


def test_block_files_are_found_by_worker_and_tier_and_nothing_else_is(tmp_path: Path) -> None:
    """Files that are being written lie in a folder of their own."""
    tiers = {host: {tier: tmp_path / host / tier for tier in ("MEM", "SSD")} for host in ("h1", "h2")}
    _block_file(tiers["h1"]["MEM"], "16777216", 10)
    _block_file(tiers["h1"]["SSD"], "16777217", 5)
    _block_file(tiers["h1"]["SSD"], ".tmp_blocks/12/34-16777218", 7)
    found = tier_folders.replicas(tiers)
    assert found == {Replica("h1", "MEM", 16777216, 10), Replica("h1", "SSD", 16777217, 5)}
    assert sorted((one.container, one.index) for one in found) == [(1, 0), (1, 1)]


def test_truth_joins_files_with_what_lies_in_the_folders() -> None:
    """Two tiers of one worker count once, in the faster; blocks of other files do not count."""
    files = [
        {"path": "/d/a", "length": 25, "block_size": 10, "block_ids": [1 << 24, (1 << 24) + 1, (1 << 24) + 2]},
        {"path": "/d/empty", "length": 0, "block_size": 10, "block_ids": []},
    ]
    replicas = [
        Replica("h1", "SSD", 1 << 24, 10),
        Replica("h1", "MEM", 1 << 24, 10),
        Replica("h2", "SSD", 1 << 24, 10),
        Replica("h2", "SSD", (1 << 24) + 2, 5),
        Replica("h2", "SSD", 9 << 24, 99),
    ]
    found = truth.of(files, replicas)
    assert (found.length, found.files, found.cached()) == (25, 2, 15)
    assert found.held() == {("h1", "MEM"): 10, ("h2", "SSD"): 15}
    assert found.blocks == {
        ("/d/a", 0): Block(0, 10, frozenset({("h1", "MEM"), ("h2", "SSD")})),
        ("/d/a", 1): Block(10, 10, frozenset()),
        ("/d/a", 2): Block(20, 5, frozenset({("h2", "SSD")})),
    }


def test_a_difference_names_what_is_missing_what_is_too_much_and_what_is_other() -> None:
    """And is empty when there is none."""
    assert truth.difference({"a": 1, "b": 2}, {"a": 1, "b": 2}) == ""
    told = truth.difference({"a": 1, "b": 2}, {"b": 3, "c": 4})
    assert told.splitlines() == ["a: 1 -> None", "b: 2 -> 3", "c: None -> 4"]
    assert truth.difference({number: 1 for number in range(25)}, {}).splitlines()[-1] == "and 5 more"
