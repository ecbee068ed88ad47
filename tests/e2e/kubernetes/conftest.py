"""One control plane for all tests of this tier; Locus, data and schedulers are each test's own."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import folders, scenario, session, settings, stubs
from locus_e2e.control_plane import ControlPlane
from locus_e2e.processes import Processes
from locus_e2e.site import Site, open_site

# Data of one site three times (under-store, cache, and as much again for etcd and logs), for some sites at once.
_MEMORY_BYTES = 2 << 30

OpenSite = Callable[..., Site]


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
def control(run_folder: Path) -> Iterator[ControlPlane]:
    """etcd and kube-apiserver."""
    binary = settings.kubeplane()
    assert binary is not None, "LOCUS_KUBEPLANE is not set: start through `tools/dev e2e kubernetes`"
    with Processes(run_folder) as processes:
        yield ControlPlane(binary, run_folder / "kube", processes)


@pytest.fixture
def site_of(run_folder: Path, control: ControlPlane) -> Iterator[OpenSite]:
    """Opens sites (locus_e2e/site.py) that end with the test: site_of(scene, **options)."""
    with contextlib.ExitStack() as ends:

        def open_one(scene: scenario.Scenario, **options: Any) -> Site:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(dir=run_folder)))
            return ends.enter_context(open_site(settings.programs(), control, folder, scene, **options))

        yield open_one


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Such as the run without Locus."""
    session.print_figures(terminalreporter)
