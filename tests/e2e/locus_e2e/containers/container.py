"""A container as a bundle for crun (runtime specification of the Open Container Initiative), confined as the manifests
ask for: no privileges, a root file system that is only read, the system calls that container engines allow by default.
Its network is the machine's, as with hostNetwork; limits of CPU and memory are not kept."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locus_e2e.containers.store import Image, Store

# What Debian's container engines allow, podman among them.
_SECCOMP = Path("/usr/share/containers/seccomp.json")
# Of Go and of the kernel, as that file has them.
_ARCHES = {"x86_64": ("amd64", "SCMP_ARCH_X86_64"), "aarch64": ("arm64", "SCMP_ARCH_AARCH64")}
_MACHINE = [
    {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
    {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "nodev", "mode=1777"]},
    {"destination": "/sys", "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "nodev", "noexec", "ro"]},
]
# Containers of one mount namespace do not see processes of others. The namespace of processes ends with its first one,
# which is crun. No cgroups: crun 1.8 takes none of the layouts that mix their versions, so it is shown an empty folder.
_START = 'mount -t tmpfs none /sys/fs/cgroup && exec crun --cgroup-manager=disabled "$@"'
_ALONE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--", "sh", "-c", _START, "crun")


@dataclass(frozen=True)
class Mount:
    """A folder or file of the machine in the container."""

    path: str
    source: Path
    writable: bool = False


@dataclass(frozen=True)
class Wish:
    """What a container is to be, as a pod says it; by default what the image says."""

    # In place of the entry point.
    entry: Sequence[str] = ()
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    # user:group, as numbers.
    user: str = ""
    capabilities: Sequence[str] = ()
    mounts: Sequence[Mount] = ()


def command(store: Store, image: Image, name: str, wish: Wish, folder: Path) -> list[str]:
    """The command that runs it to its end; whoever kills that kills all of it. `name`: unique; `folder`: for its
    bundle."""
    bundle = folder / name
    bundle.mkdir(parents=True)
    (bundle / "config.json").write_text(json.dumps(_specification(image, wish)))
    return store.inside([*_ALONE, f"--root={bundle / 'state'}", "run", f"--bundle={bundle}", name])


def _specification(image: Image, wish: Wish) -> dict[str, Any]:
    user, group = (int(part) for part in (wish.user or image.config["User"]).split(":"))
    environment = [*image.config.get("Env", []), *(f"{name}={value}" for name, value in wish.environment.items())]
    capabilities = list(wish.capabilities)
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(image.mounted), "readonly": True},
        "process": {
            "args": [*(wish.entry or image.config["Entrypoint"]), *wish.arguments],
            "env": environment,
            "cwd": image.config.get("WorkingDir") or "/",
            "user": {"uid": user, "gid": group},
            "noNewPrivileges": True,
            "capabilities": {kind: capabilities for kind in ("bounding", "effective", "permitted")},
        },
        "mounts": [*_MACHINE, *map(_bound, wish.mounts)],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
            "seccomp": _system_calls(capabilities),
        },
    }


def _bound(mount: Mount) -> dict[str, Any]:
    access = "rw" if mount.writable else "ro"
    options = ["rbind", access, "nosuid", "nodev"]
    return {"destination": mount.path, "type": "none", "source": str(mount.source), "options": options}


def _system_calls(capabilities: Sequence[str]) -> dict[str, Any]:
    """The engines' rules, which depend on machine and capabilities, as rules for this one."""
    profile = json.loads(_SECCOMP.read_text())
    arch, kernel_arch = _ARCHES[os.uname().machine]
    rules = []
    for rule in profile["syscalls"]:
        wanted, unwanted = rule.get("includes") or {}, rule.get("excludes") or {}
        if arch not in wanted.get("arches", [arch]) or not set(wanted.get("caps", [])) <= set(capabilities):
            continue
        if set(unwanted.get("caps", [])) & set(capabilities):
            continue
        rules.append({key: rule[key] for key in ("names", "action", "args", "errnoRet") if rule.get(key)})
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile["defaultErrnoRet"],
        "architectures": [kernel_arch],
        "syscalls": rules,
    }
