"""Prometheus and promtool, of Debian's package: unpacked and not installed, for that would start a server."""

import os
import shutil
from pathlib import Path

from devkit import locks, packages, steps
from devkit.paths import CACHE

_PACKAGE = "prometheus"
# Debian 12 keeps one upstream version for its whole life.
_FOLDER = CACHE / "prometheus-debian-12"


def ensure() -> Path:
    """The folder with `prometheus` and `promtool`, fetched once (19 MB). Raises StepFailed when they cannot be had."""
    programs = _FOLDER / "usr" / "bin"
    if (programs / "promtool").exists():
        return programs
    what = "Prometheus from Debian"
    with locks.exclusive(CACHE / "prometheus.lock", what):
        if (programs / "promtool").exists():
            return programs
        unfinished = _FOLDER.with_name(f"{_FOLDER.name}.{os.getpid()}")
        unfinished.mkdir(parents=True)
        try:
            _download(what, unfinished)
            (archive,) = unfinished.glob(f"{_PACKAGE}_*.deb")
            steps.run(
                f"{what}: unpacking",
                ["dpkg", "-x", archive, unfinished],
                name="prometheus",
                hint="look at the free disk (100 MB), then start again",
                quiet=True,
            )
            archive.unlink()
            shutil.rmtree(_FOLDER, ignore_errors=True)
            unfinished.rename(_FOLDER)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return programs


def _download(what: str, folder: Path) -> None:
    """apt checks the archive's signature. Package lists that are old name a version that is gone."""
    hint = f"`apt-get download {_PACKAGE}` must work: look at /etc/apt/sources.list* and the network, then start again"
    command = ["apt-get", "download", _PACKAGE]
    try:
        steps.run(what, command, name="prometheus", hint=hint, cwd=folder)
        return
    except steps.StepFailed:
        steps.say(f"  {what}: the package lists may be old; fetching them")
    packages.update()
    steps.run(what, command, name="prometheus", hint=hint, cwd=folder)
