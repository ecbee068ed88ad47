"""One Alluxio with one master for most tests of this tier, and Locus before it twice: with agents, and without."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import folders, session, settings, stubs
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape
from locus_e2e.alluxio.jvm import Java
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.processes import Processes

# Tiers and under-store of all clusters.
_MEMORY_BYTES = 1 << 30
# The TTL checker runs each hour unless told otherwise: a question that gave files a time to live would go unseen.
_TTL_CHECKER = {"alluxio.master.ttl.checker.interval": "500ms"}
# Half a minute unless told otherwise, which a test would only sit out.
_PATIENCE = {"alluxio": {"mount_refresh": "3s"}}

Sources = dict[str, AlluxioStack]
OpenCluster = Callable[..., tuple[AlluxioCluster, Processes, Path]]


def pytest_configure() -> None:
    """Ends in order."""
    session.end_in_order_when_told()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Times that tests measured."""
    session.print_figures(terminalreporter)


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """For everything that this run writes."""
    with folders.run_folder(_MEMORY_BYTES) as folder:
        stubs.generate(folder / "stubs")
        yield folder


@contextlib.contextmanager
def _cluster(folder: Path, shape: Shape) -> Iterator[tuple[AlluxioCluster, Processes]]:
    folder.mkdir()
    with Processes(folder) as processes:
        cluster = AlluxioCluster(Java(), folder / "alluxio", processes, shape)
        with contextlib.closing(cluster):
            yield cluster, processes
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def single(run_folder: Path) -> Iterator[tuple[AlluxioCluster, Processes]]:
    """The cluster with one master, for all tests that leave it as it was."""
    with _cluster(run_folder / "single", Shape(properties=_TTL_CHECKER)) as started:
        yield started


@pytest.fixture(scope="session")
def cluster(single: tuple[AlluxioCluster, Processes]) -> AlluxioCluster:
    """The same."""
    return single[0]


@pytest.fixture(scope="session")
def sources(single: tuple[AlluxioCluster, Processes], run_folder: Path) -> Iterator[Sources]:
    """Locus before that cluster: with agents ("both") and without ("alluxio")."""
    with contextlib.ExitStack() as ends:
        found = {}
        for source in ("both", "alluxio"):
            folder = run_folder / f"locus-{source}"
            stack = AlluxioStack(settings.programs(), folder, single[1], single[0], source, _PATIENCE)
            found[source] = ends.enter_context(contextlib.closing(stack))
        yield found


@pytest.fixture
def open_cluster(run_folder: Path) -> Iterator[OpenCluster]:
    """Starts clusters that end with the test: open_cluster(shape) -> cluster, its processes, a folder."""
    with contextlib.ExitStack() as ends:
        made = 0

        def open_one(shape: Shape) -> tuple[AlluxioCluster, Processes, Path]:
            nonlocal made
            made += 1
            folder = run_folder / f"own-{made}"
            started, processes = ends.enter_context(_cluster(folder, shape))
            return started, processes, folder

        yield open_one
