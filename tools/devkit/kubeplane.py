"""etcd, kube-apiserver and kube-scheduler as one binary, built once from their Go modules and kept."""

import hashlib
import os
from pathlib import Path

from devkit import golang, locks, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "kubeplane"
# The servers refuse to start as version v0.0.0.
_VERSION = "k8s.io/component-base/version"
_LDFLAGS = f"-s -w -X {_VERSION}.gitVersion=v1.36.3 -X {_VERSION}.gitMajor=1 -X {_VERSION}.gitMinor=36"
_FLAGS = ["-trimpath", "-mod=readonly", "-ldflags", _LDFLAGS]


def location() -> Path:
    """Where the binary for the present sources and flags belongs."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "main.go"):
        digest.update((SOURCE / name).read_bytes())
    digest.update("\0".join(_FLAGS).encode())
    return CACHE / f"kubeplane-{digest.hexdigest()[:16]}" / "kubeplane"


def ensure() -> Path:
    """The binary, built when it is not there yet: some five minutes on two cores, 1.2 GB of modules."""
    binary = location()
    if binary.exists():
        return binary
    with locks.exclusive(binary.parent.with_suffix(".lock"), "control plane"):
        if binary.exists():
            return binary
        go = golang.ensure(SOURCE / "go.mod")
        steps.say("  control plane: building etcd, kube-apiserver and kube-scheduler 1.36.3, once; about five minutes")
        binary.parent.mkdir(parents=True, exist_ok=True)
        unfinished = binary.with_suffix(f".{os.getpid()}")
        try:
            steps.run(
                "control plane",
                [go, "build", "-v", *_FLAGS, "-o", unfinished, "."],
                name="kubeplane",
                hint="look at `go env GOPROXY`, the network and the free disk (4 GB), then start again; "
                "`tools/dev demo --simulate` does without",
                env=golang.environment(),
                cwd=SOURCE,
            )
            unfinished.rename(binary)
        finally:
            unfinished.unlink(missing_ok=True)
    return binary
