"""What `tools/dev` tells this package through the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


class SettingsError(Exception):
    """A program that is needed was not named or is not there; the text says what to run instead."""


@dataclass(frozen=True)
class Programs:
    """The programs under test."""

    meta: Path
    worker: Path
    extender: Path
    locusctl: Path


def programs() -> Programs:
    """Locus' binaries below LOCUS_BIN (Bazel's bin folder)."""
    named = os.environ.get("LOCUS_BIN")
    if not named:
        raise SettingsError("LOCUS_BIN is not set: start through `tools/dev demo` or `tools/dev e2e`")
    folder = Path(named)
    found = Programs(
        meta=folder / "alluxio_meta" / "locus-meta",
        worker=folder / "cache_worker" / "locus-worker",
        extender=folder / "extender" / "locus-extender",
        locusctl=folder / "locusctl" / "locusctl",
    )
    absent = [str(path) for path in vars(found).values() if not path.exists()]
    if absent:
        raise SettingsError(f"not built: {', '.join(absent)}; start through `tools/dev`")
    return found


def test_program(label: str) -> Path:
    """A program of the tests below LOCUS_BIN; `label` as in `integration/alluxio_meta/kube_directory_dump`."""
    path = Path(os.environ.get("LOCUS_BIN", "")) / "tests" / label
    if not path.exists():
        raise SettingsError(f"not built: {path}; start through `tools/dev e2e kubernetes`")
    return path


def kubeplane() -> Path | None:
    """The control plane's binary (LOCUS_KUBEPLANE); None when none was built."""
    named = os.environ.get("LOCUS_KUBEPLANE")
    return Path(named) if named else None


def contract_suite() -> tuple[Path, Path]:
    """The program that judges Alluxio masters (LOCUS_CONTRACT_SUITE), and the JUnit report that it is to leave
    (LOCUS_CONTRACT_REPORT)."""
    found = [os.environ.get(name) for name in ("LOCUS_CONTRACT_SUITE", "LOCUS_CONTRACT_REPORT")]
    if not all(found):
        raise SettingsError("LOCUS_CONTRACT_SUITE or _REPORT is not set: start through `tools/dev e2e alluxio`")
    return Path(str(found[0])), Path(str(found[1]))
