"""What `tools/dev` tells this package through the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


# Minor versions of Kubernetes, newest first: what tools/dev builds control planes of.
KUBERNETES_VERSIONS = ("1.36", "1.33", "1.30")
NEWEST_KUBERNETES = KUBERNETES_VERSIONS[0]


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
    """The binary of the newest control plane (LOCUS_KUBEPLANE); None when none was built."""
    named = os.environ.get("LOCUS_KUBEPLANE")
    return Path(named) if named else None


def kubeplanes() -> dict[str, Path]:
    """The binaries by version that could be built (LOCUS_KUBEPLANES, as in `1.36=/a:1.33=/b`)."""
    found = {}
    for entry in filter(None, os.environ.get("LOCUS_KUBEPLANES", "").split(os.pathsep)):
        version, separator, path = entry.partition("=")
        if not separator or version not in KUBERNETES_VERSIONS:
            raise SettingsError(f"LOCUS_KUBEPLANES: {entry!r} is not one of {KUBERNETES_VERSIONS} with a path")
        found[version] = Path(path)
    return found


def kube_tool(name: str) -> Path:
    """kubectl, kustomize or helm (LOCUS_KUBETOOLS: their folder)."""
    path = Path(os.environ.get("LOCUS_KUBETOOLS", "")) / name
    if not path.exists():
        raise SettingsError(f"no {name} in LOCUS_KUBETOOLS: start through `tools/dev e2e kubernetes`")
    return path


def prometheus() -> Path | None:
    """The folder of `prometheus` and `promtool` (LOCUS_PROMETHEUS); None when they could not be had."""
    named = os.environ.get("LOCUS_PROMETHEUS")
    return Path(named) if named else None


def images() -> Path | None:
    """What images are built on (LOCUS_IMAGES, made by tools/devkit/images.py); None when it could not be had."""
    named = os.environ.get("LOCUS_IMAGES")
    return Path(named) if named else None


@dataclass(frozen=True)
class SparkHome:
    """An installed Spark: the Python that has pyspark, and the folder with Spark's jars and programs."""

    line: str
    python: Path
    home: Path


def spark_homes() -> dict[str, SparkHome]:
    """By line, the first one first (LOCUS_SPARKS, as in `3.5=/a:4.1=/b`: Python environments)."""
    found = {}
    for entry in filter(None, os.environ.get("LOCUS_SPARKS", "").split(os.pathsep)):
        line, _, path = entry.partition("=")
        homes = sorted(Path(path).glob("lib/python3*/site-packages/pyspark"))
        if len(homes) != 1:
            raise SettingsError(f"LOCUS_SPARKS: {entry!r} is no environment with pyspark; start through `tools/dev`")
        found[line] = SparkHome(line, Path(path) / "bin" / "python", homes[0])
    return found


def spark_client() -> Path:
    """The jar of Alluxio's client for Spark (LOCUS_SPARK_CLIENT)."""
    named = os.environ.get("LOCUS_SPARK_CLIENT")
    if not named:
        raise SettingsError("LOCUS_SPARK_CLIENT is not set: start through `tools/dev e2e spark`")
    return Path(named)


def contract_suite() -> tuple[Path, Path]:
    """The program that judges Alluxio masters (LOCUS_CONTRACT_SUITE), and the JUnit report that it is to leave
    (LOCUS_CONTRACT_REPORT)."""
    found = [os.environ.get(name) for name in ("LOCUS_CONTRACT_SUITE", "LOCUS_CONTRACT_REPORT")]
    if not all(found):
        raise SettingsError("LOCUS_CONTRACT_SUITE or _REPORT is not set: start through `tools/dev e2e alluxio`")
    return Path(str(found[0])), Path(str(found[1]))
