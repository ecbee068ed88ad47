"""Debian's promtool and prometheus, for tests."""

import subprocess
from pathlib import Path

import pytest

from locus_e2e import settings


def program(name: str) -> Path:
    """`prometheus` or `promtool`. Skips the test where they could not be had."""
    folder = settings.prometheus()
    if folder is None:
        pytest.skip("Prometheus could not be had from Debian; start through `tools/dev e2e kubernetes`")
    return folder / name


def promtool(*arguments: object, text: str | None = None) -> None:
    """Runs promtool, with `text` on its standard input; what it complains of is the failure's text."""
    argv = [str(program("promtool")), *map(str, arguments)]
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"promtool {' '.join(argv[1:])}:\n{said}"
