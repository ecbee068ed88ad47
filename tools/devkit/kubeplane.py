"""etcd, kube-apiserver and kube-scheduler as one binary for each version of Kubernetes that the tests run, built once
from their Go modules and kept."""

import hashlib
import os
import re
from pathlib import Path

from devkit import golang, locks, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "kubeplane"
# Newest first. The first is what the demo and most tests run; it has the module's own go.mod, the others a file beside.
VERSIONS = ("1.36", "1.33", "1.30")
NEWEST = VERSIONS[0]
# 1.30 still holds clients of clouds, megabytes of source that nothing here calls; later releases have none.
_TAGS = {"1.30": "providerless"}
_VERSION_PACKAGE = "k8s.io/component-base/version"


def go_mod(version: str) -> Path:
    """The module file that pins a version; its .sum lies beside it."""
    return SOURCE / ("go.mod" if version == NEWEST else f"{version}.mod")


def release(version: str) -> str:
    """The release that is built for a version, as in `1.36.3` for `1.36`."""
    file = go_mod(version)
    line = re.search(r"^\s*k8s\.io/kubernetes v(\S+)$", file.read_text(), re.MULTILINE)
    if line is None:
        raise steps.StepFailed(f"  {file} does not require k8s.io/kubernetes")
    return line.group(1)


def location(version: str = NEWEST) -> Path:
    """Where the binary for the present sources and flags belongs."""
    digest = hashlib.sha256()
    for source in (go_mod(version), go_mod(version).with_suffix(".sum"), SOURCE / "main.go"):
        digest.update(source.read_bytes())
    digest.update("\0".join(_flags(version)).encode())
    return CACHE / f"kubeplane-{digest.hexdigest()[:16]}" / "kubeplane"


def ensure(version: str = NEWEST) -> Path:
    """The binary, built when it is not there yet: some five minutes on two cores and half a gigabyte of modules each.
    Raises StepFailed when it cannot be had."""
    binary = location(version)
    if binary.exists():
        return binary
    what = f"control plane {version}"
    # One lock for all versions: two such builds at once would want twice the memory and be no sooner done.
    with locks.exclusive(CACHE / "kubeplane.lock", what):
        if binary.exists():
            return binary
        go = golang.ensure(go_mod(version))
        steps.say(
            f"  {what}: building etcd, kube-apiserver and kube-scheduler {release(version)}, once; about five minutes"
        )
        binary.parent.mkdir(parents=True, exist_ok=True)
        unfinished = binary.with_suffix(f".{os.getpid()}")
        try:
            steps.run(
                what,
                [go, "build", "-v", *_flags(version), "-o", unfinished, "."],
                name=f"kubeplane-{version}",
                hint="look at `go env GOPROXY`, the network and the free disk (4 GB), then start again; "
                "`tools/dev demo --simulate` does without",
                env=golang.environment(),
                cwd=SOURCE,
            )
            unfinished.rename(binary)
        finally:
            unfinished.unlink(missing_ok=True)
    return binary


def _flags(version: str) -> list[str]:
    major, minor = version.split(".")
    # The servers refuse to start as version v0.0.0.
    stamps = {"gitVersion": f"v{release(version)}", "gitMajor": major, "gitMinor": minor}
    linker = " ".join(["-s -w", *(f"-X {_VERSION_PACKAGE}.{name}={value}" for name, value in stamps.items())])
    flags = ["-trimpath", "-mod=readonly", "-ldflags", linker]
    if version in _TAGS:
        flags += ["-tags", _TAGS[version]]
    return flags if version == NEWEST else [*flags, f"-modfile={go_mod(version).name}"]
