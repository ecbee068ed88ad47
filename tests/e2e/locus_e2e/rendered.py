"""The manifests as an administrator's own tools render them."""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from locus_e2e import settings
from locus_e2e.kube_api import Object
from locus_e2e.settings import ROOT

MANIFESTS = ROOT / "manifests"
CHART = MANIFESTS / "helm" / "locus"
# Whole installations, below manifests/overlays.
OVERLAYS = ("store", "agent", "existing-scheduler")
_SECURED = "+tls"
# The same with the component tls.
SECURED = tuple(overlay + _SECURED for overlay in OVERLAYS)
INSTALLATIONS = OVERLAYS + SECURED
NAMESPACE = "locus"
_SECONDS = 60


def kustomize(path: str) -> list[Object]:
    """`kustomize build` of a folder below manifests/."""
    return _objects(_output(["kustomize", "build", MANIFESTS / path]))


def installation(name: str) -> list[Object]:
    """One of INSTALLATIONS."""
    overlay = name.removesuffix(_SECURED)
    if overlay == name:
        return kustomize(f"overlays/{overlay}")
    with tempfile.TemporaryDirectory() as folder:
        # As a folder of a reader's own, docs/security.md.
        root = os.path.relpath(MANIFESTS, Path(folder).resolve())
        text = {"resources": [f"{root}/overlays/{overlay}"], "components": [f"{root}/components/tls"]}
        (Path(folder) / "kustomization.yaml").write_text(yaml.safe_dump(text))
        return _objects(_output(["kustomize", "build", folder]))


def helm(values: Sequence[str] = (), version: str = "1.36.3") -> list[Object]:
    """`helm template` of the chart; `values` as of --set."""
    settings_of = [part for value in values for part in ("--set", value)]
    return _objects(_output(
        ["helm", "template", "locus", CHART, "--namespace", NAMESPACE, "--kube-version", version, *settings_of]
    ))  # fmt: skip


def find(objects: Iterable[Object], kind: str, name: str) -> Object:
    """The one of that kind and name, but for the digest that kustomize appends to the names of config maps."""
    found = [
        one for one in objects
        if one["kind"] == kind and (one["metadata"]["name"] == name
                                    or kind == "ConfigMap" and one["metadata"]["name"].rpartition("-")[0] == name)
    ]  # fmt: skip
    (only,) = found
    return only


def workloads(objects: Iterable[Object]) -> list[Object]:
    """What makes pods."""
    return [one for one in objects if one["kind"] in ("Deployment", "DaemonSet")]


def _objects(text: str) -> list[Object]:
    found: list[Any] = [document for document in yaml.safe_load_all(text) if document]
    assert found
    return found


def _output(argv: Sequence[object]) -> str:
    name, *rest = argv
    done = subprocess.run(
        [str(settings.kube_tool(str(name))), *map(str, rest)],
        capture_output=True, text=True, timeout=_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
