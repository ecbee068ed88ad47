"""kubectl, kustomize and helm as one binary, built once from their Go modules and kept."""

import hashlib
import os
import re
from pathlib import Path

from devkit import golang, locks, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "kubetools"
# The binary is each of them under its name.
NAMES = ("kubectl", "kustomize", "helm")
_VERSION_PACKAGE = "k8s.io/component-base/version"


def location() -> Path:
    """The folder of the programs for the present sources and flags."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((SOURCE / name).read_bytes())
    digest.update("\0".join(_flags()).encode())
    return CACHE / f"kubetools-{digest.hexdigest()[:16]}"


def ensure() -> Path:
    """The folder with the programs, built when they are not there yet: some three minutes on two cores. Raises
    StepFailed when they cannot be had."""
    folder = location()
    if (folder / NAMES[-1]).exists():
        return folder
    what = "kubectl, kustomize and helm"
    with locks.exclusive(CACHE / "kubetools.lock", what):
        if (folder / NAMES[-1]).exists():
            return folder
        go = golang.ensure(SOURCE / "go.mod")
        steps.say(f"  {what}: building, once; about three minutes")
        folder.mkdir(parents=True, exist_ok=True)
        binary = folder / "kubetools"
        unfinished = binary.with_suffix(f".{os.getpid()}")
        try:
            steps.run(
                what,
                [go, "build", "-v", *_flags(), "-o", unfinished, "."],
                name="kubetools",
                hint="look at `go env GOPROXY`, the network and the free disk (2 GB), then start again",
                env=golang.environment(),
                cwd=SOURCE,
            )
            unfinished.rename(binary)
        finally:
            unfinished.unlink(missing_ok=True)
        for name in NAMES:
            (folder / name).unlink(missing_ok=True)
            (folder / name).symlink_to(binary.name)
    return folder


def _flags() -> list[str]:
    # The modules of a release 1.N.M have the version 0.N.M; kubectl says which one it is.
    line = re.search(r"^\s*k8s\.io/kubectl v0\.(\S+)$", (SOURCE / "go.mod").read_text(), re.MULTILINE)
    if line is None:
        raise steps.StepFailed(f"  {SOURCE / 'go.mod'} does not require k8s.io/kubectl")
    return ["-trimpath", "-mod=readonly", "-ldflags", f"-s -w -X {_VERSION_PACKAGE}.gitVersion=v1.{line.group(1)}"]
