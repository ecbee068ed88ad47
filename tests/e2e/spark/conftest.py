"""One machine of three nodes for all tests of this tier; applications are each test's own, or a module's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from locus_e2e import folders, session, settings, stubs
from locus_e2e.spark_site import SparkSite, open_site

# Under-store and tiers.
_MEMORY_BYTES = 3 << 30
_TIER_BYTES = 640 << 20


def pytest_configure() -> None:
    """Ends in order."""
    session.end_in_order_when_told()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Localities and bytes."""
    session.print_figures(terminalreporter)


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """For everything that this run writes."""
    with folders.run_folder(_MEMORY_BYTES) as folder:
        stubs.generate(folder / "stubs")
        yield folder


@pytest.fixture(scope="session")
def site(run_folder: Path) -> Iterator[SparkSite]:
    """Everything but applications."""
    with open_site(run_folder, next(iter(settings.spark_homes().values())), tier_bytes=_TIER_BYTES) as opened:
        yield opened
