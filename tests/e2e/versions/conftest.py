"""Locus' programs one by one, each with a peer that the test plays."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from locus_e2e import folders, session, stubs
from locus_e2e.processes import Processes


def pytest_configure() -> None:
    """Ends in order."""
    session.end_in_order_when_told()


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """For everything that this run writes."""
    with folders.run_folder() as folder:
        stubs.generate(folder / "stubs")
        yield folder


@pytest.fixture
def processes(run_folder: Path, tmp_path: Path) -> Iterator[Processes]:
    """All children of one test."""
    assert run_folder.is_dir()
    with Processes(tmp_path) as started:
        yield started
