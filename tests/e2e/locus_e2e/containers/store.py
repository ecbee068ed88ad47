"""Images of one run. What tools/devkit/images.py keeps between runs lies below them and is only read."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locus_e2e import folders
from locus_e2e.processes import Process, Processes
from locus_e2e.waiting import until

_SECONDS = 300
_START_SECONDS = 10


@dataclass(frozen=True)
class Image:
    """An image, with the file system of a container of it, where mounts have left their empty folders and files."""

    name: str
    identity: str
    # As in the image specification of the Open Container Initiative: User, Env, Entrypoint, ...
    config: Mapping[str, Any]
    # Where the file system is mounted, in the mount namespace of the store; and as this process sees it.
    mounted: Path
    root: Path


class Store:
    """All mounts are in a mount namespace that a process of ours holds: they go when that one goes, however it ends."""

    def __init__(self, kept: Path, folder: Path, processes: Processes) -> None:
        """`kept`: made by tools/devkit/images.py. `folder`: for everything that this run writes."""
        self._folder = folder
        self._holder: Process = processes.start("mounts", ["unshare", "--mount", "--", "sleep", "infinity"])
        until("mount namespace", _START_SECONDS, self._has_own_namespace)
        below = kept / "store"
        (driver,) = [path.name.removesuffix("-images") for path in below.glob("*-images")]
        configuration = folder / "storage.conf"
        configuration.write_text(
            f'[storage]\ndriver = "{driver}"\ngraphroot = "{folder / "store"}"\nrunroot = "{folder / "run"}"\n'
            f'[storage.options]\nadditionalimagestores = ["{below}"]\n'
        )
        self._environment = {
            **os.environ, "CONTAINERS_STORAGE_CONF": str(configuration), "STORAGE_DRIVER": driver,
            "TMPDIR": str(folder),
        }  # fmt: skip

    def inside(self, argv: Sequence[object]) -> list[str]:
        """The command that runs `argv` where the mounts are; it becomes that process, without a child."""
        return ["nsenter", f"--mount=/proc/{self._holder.pid}/ns/mnt", "--", *map(str, argv)]

    def build(
        self, file: Path, context: Path, target: str | None = None, stages: Mapping[str, Path] | None = None
    ) -> Image:
        """`buildah build`. `stages`: folders that are taken in place of stages of the file. Nothing is pulled."""
        with tempfile.NamedTemporaryFile(dir=self._folder) as told:
            instead = [f"--build-context={name}={path}" for name, path in (stages or {}).items()]
            self.buildah(
                "build", "--isolation=chroot", "--pull-never", "--layers", f"--file={file}", f"--iidfile={told.name}",
                *instead, *([f"--target={target}"] if target else []), context,
            )  # fmt: skip
            identity = Path(told.name).read_text().partition(":")[2]
        return self.image(identity, target or file.name)

    def image(self, reference: str, name: str) -> Image:
        """One that is there already, such as the base image, with a container of its own."""
        found = json.loads(self.buildah("inspect", "--type=image", reference))
        container = self.buildah("from", "--pull-never", reference).strip()
        mounted = Path(self.buildah("mount", container).strip())
        seen = Path(f"/proc/{self._holder.pid}/root") / mounted.relative_to("/")
        return Image(name, reference, found["OCIv1"]["config"], mounted, seen)

    def buildah(self, *arguments: object) -> str:
        """Its output; what it complains of is the failure's text."""
        argv = self.inside(["buildah", *arguments])
        done = subprocess.run(
            argv, env=self._environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        assert done.returncode == 0, f"{' '.join(argv)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _has_own_namespace(self) -> bool:
        self._holder.check()
        own, its = (os.readlink(f"/proc/{pid}/ns/mnt") for pid in (os.getpid(), self._holder.pid))
        return own != its and Path(f"/proc/{self._holder.pid}/comm").read_text().strip() == "sleep"


@contextlib.contextmanager
def open_store(kept: Path) -> Iterator[Store]:
    """Ends with all that was built. On the disk of what is kept: not every file system takes layers."""
    with folders.run_folder(base=kept.parent) as folder, Processes(folder) as processes:
        yield Store(kept, folder, processes)
