"""One control plane for all tests of this tier; Locus, data and schedulers are each test's own."""

import contextlib
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from locus_e2e import folders, scenario, settings, stubs
from locus_e2e.control_plane import ControlPlane
from locus_e2e.processes import Processes
from locus_e2e.site import Site, open_site

# Data of one site three times (under-store, cache, and as much again for etcd and logs), for some sites at once.
_MEMORY_BYTES = 2 << 30

OpenSite = Callable[..., Site]


def _terminated(_signal: int, _frame: object) -> NoReturn:
    # As Ctrl-C: fixtures take down what they started.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def pytest_configure() -> None:
    """tools/dev ends this program by SIGTERM."""
    signal.signal(signal.SIGTERM, _terminated)


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
    """Figures that tests report beside their verdict, such as the run without Locus."""
    for report in terminalreporter.getreports("passed"):
        if report.when == "call" and report.user_properties:
            figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}: {figures}")
