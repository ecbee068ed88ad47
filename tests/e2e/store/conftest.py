"""One S3 server for all tests of this tier, and workers over it."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import folders, session, settings, stubs
from locus_e2e.daemon import Settings
from locus_e2e.object_store import ACCESS_KEY, SECRET_KEY, ObjectStore, OpenWorker, StoreWorker, write_credentials
from locus_e2e.processes import Processes
from locus_e2e.store_site import OpenSite, StoreSite

_MEMORY_BYTES = 512 << 20
# Names of folders and logs.
_numbers = itertools.count(1)


def pytest_configure() -> None:
    """Ends in order."""
    session.end_in_order_when_told()


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """For everything that this run writes."""
    with folders.run_folder(_MEMORY_BYTES) as folder:
        stubs.generate(folder / "stubs")
        yield folder


@pytest.fixture(scope="session")
def processes(run_folder: Path) -> Iterator[Processes]:
    """All children."""
    with Processes(run_folder) as started:
        yield started


@pytest.fixture(scope="session")
def objects(run_folder: Path, processes: Processes) -> ObjectStore:
    """The S3 server; tests use keys of their own."""
    return ObjectStore(run_folder / "objects", processes)


@pytest.fixture
def credentials(tmp_path: Path) -> Path:
    """A credentials file that is right."""
    return write_credentials(tmp_path / "credentials", ACCESS_KEY, SECRET_KEY)


@pytest.fixture
def open_worker(run_folder: Path, processes: Processes, request: pytest.FixtureRequest) -> Iterator[OpenWorker]:
    """Starts workers that end with the test: open_worker(origin, ...)."""
    opened: list[StoreWorker] = []

    def open_one(origin: Settings, **options: Any) -> StoreWorker:
        name = f"worker-{next(_numbers)}-{request.node.name.replace('[', '-').replace(']', '')[:60]}"
        opened.append(StoreWorker(settings.programs(), run_folder, processes, origin, name, **options))
        return opened[-1]

    yield open_one
    for worker in opened:
        worker.close()


@pytest.fixture
def open_site(run_folder: Path, processes: Processes, request: pytest.FixtureRequest) -> Iterator[OpenSite]:
    """Starts workers with a locus-meta that end with the test: open_site(origin, nodes, ...)."""
    opened: list[StoreSite] = []

    def open_one(origin: Settings, nodes: Sequence[str], **options: Any) -> StoreSite:
        folder = run_folder / f"site-{next(_numbers)}-{request.node.name[:60]}"
        folder.mkdir()
        opened.append(StoreSite(settings.programs(), folder, processes, origin, nodes, **options))
        return opened[-1]

    yield open_one
    for site in opened:
        site.close()
