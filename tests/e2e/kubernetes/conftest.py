"""One control plane at a time for all tests of this tier; Locus, data and schedulers are each test's own.

Tests run on the newest version of Kubernetes; those with the mark session.every_version run on each.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import folders, scenario, session, settings, stubs
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.locality_double import Block
from locus_e2e.processes import Processes
from locus_e2e.site import Site, open_site
from locus_e2e.stage import Stage, open_stage

# Data of one site three times (under-store, cache, and as much again for etcd and logs), for some sites at once.
_MEMORY_BYTES = 2 << 30

OpenSite = Callable[..., Site]
OpenStage = Callable[..., Stage]


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
def version(request: pytest.FixtureRequest) -> str:
    """Of Kubernetes, as in `1.36`."""
    return str(getattr(request, "param", settings.NEWEST_KUBERNETES))


@pytest.fixture(scope="session")
def control(run_folder: Path, version: str) -> Iterator[ControlPlane]:
    """etcd and kube-apiserver. pytest sorts the tests by version and ends one control plane before the next."""
    newest = settings.kubeplane()
    assert newest is not None, "LOCUS_KUBEPLANE is not set: start through `tools/dev e2e kubernetes`"
    binary = newest if version == settings.NEWEST_KUBERNETES else settings.kubeplanes().get(version)
    if binary is None:
        pytest.skip(f"no control plane {version} could be built")
    with (
        tempfile.TemporaryDirectory(prefix=f"kube-{version}-", dir=run_folder) as folder,
        Processes(Path(folder)) as processes,
    ):
        yield ControlPlane(binary, Path(folder) / "kube", processes)


@pytest.fixture
def site_of(run_folder: Path, control: ControlPlane) -> Iterator[OpenSite]:
    """Opens sites (locus_e2e/site.py) that end with the test: site_of(scene, **options)."""
    with contextlib.ExitStack() as ends:

        def open_one(scene: scenario.Scenario, **options: Any) -> Site:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(dir=run_folder)))
            return ends.enter_context(open_site(settings.programs(), control, folder, scene, **options))

        yield open_one


@pytest.fixture
def stage_of(run_folder: Path, control: ControlPlane) -> Iterator[OpenStage]:
    """Opens stages (locus_e2e/stage.py) that end with the test: stage_of(nodes, inputs, **options)."""
    with contextlib.ExitStack() as ends:

        def open_one(nodes: Sequence[Node], inputs: Mapping[str, Sequence[Block]], **options: Any) -> Stage:
            folder = Path(ends.enter_context(tempfile.TemporaryDirectory(dir=run_folder)))
            return ends.enter_context(open_stage(settings.programs(), control, folder, nodes, inputs, **options))

        yield open_one


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Such as the run without Locus."""
    session.print_figures(terminalreporter)
