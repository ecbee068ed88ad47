"""What the conftest.py of each tier has in common."""

import signal
from typing import NoReturn

import pytest

from locus_e2e import settings

# A test with this mark runs on every version of Kubernetes, others of the tier on the newest alone.
every_version = pytest.mark.parametrize("version", settings.KUBERNETES_VERSIONS, indirect=True)
# For others that share fixtures with such tests: they find the control plane that is there already.
newest_version = pytest.mark.parametrize("version", settings.KUBERNETES_VERSIONS[:1], indirect=True)


def end_in_order_when_told() -> None:
    """tools/dev ends pytest by SIGTERM: fixtures then take down what they started, as at a Ctrl-C."""
    signal.signal(signal.SIGTERM, _terminated)


def print_figures(reporter: pytest.TerminalReporter) -> None:
    """What tests report beside their verdict, by record_property."""
    for report in reporter.getreports("passed"):
        if report.when == "call" and report.user_properties:
            figures = ", ".join(f"{name} {value}" for name, value in report.user_properties)
            reporter.write_line(f"{report.nodeid.split('::')[-1]}: {figures}")


def _terminated(_signal: int, _frame: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt
