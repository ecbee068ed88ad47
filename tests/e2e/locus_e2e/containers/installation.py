"""Containers of an installation beside each other: arguments, accounts, volumes and users are literally those of its
manifests, only ports are free ones of this machine, and addresses loopback."""

import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from locus_e2e import manifest_pod
from locus_e2e.containers.container import Mount, command
from locus_e2e.containers.pod import Surroundings, wish
from locus_e2e.containers.store import Image, Store
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import token
from locus_e2e.kube_api import Object
from locus_e2e.processes import Process, Processes
from locus_e2e.rendered import NAMESPACE, find
from locus_e2e.waiting import until

_ADDRESS = "127.0.0.1"
# Services by their names in the cluster; each has one pod here.
NAMES = {f"{name}.{NAMESPACE}.svc": _ADDRESS for name in ("locus-meta", "locus-meta-headless")}
# Fields of the sockets of each program; the ports that probes ask come last.
_SOCKETS = {
    "locus-meta": ("listen", "front.listen", "admin"),
    "locus-extender": ("listen", "admin.listen"),
    "locus-worker": ("listen", "alluxio.listen", "admin"),
}
_PORTS = "/ports"
_SECONDS = 30.0
_HTTP = urllib3.PoolManager(retries=False, timeout=5.0)


@dataclass(frozen=True)
class Server:
    """A container of ours that runs."""

    process: Process
    # By field, as in `admin.listen`.
    ports: Mapping[str, int]
    probes: Sequence[str]

    def wait_ready(self) -> None:
        """Until what its kubelet asks answers 200."""
        for path in self.probes:
            until(f"{path} of {self.process.name}", _SECONDS, functools.partial(self._answers, path))

    def _answers(self, path: str) -> bool:
        self.process.check()
        *_, admin = self.ports.values()
        try:
            return _HTTP.request("GET", f"http://{_ADDRESS}:{admin}{path}").status == 200
        except urllib3.exceptions.HTTPError:
            return False


class Installation:
    """What the objects of `control` say, on one node."""

    def __init__(
        self, store: Store, images: Mapping[str, Image], control: ControlPlane, objects: Sequence[Object], folder: Path
    ) -> None:
        """`images`: by the names that the manifests have for them. `folder`: of this installation alone."""
        self._store = store
        self._images = images
        self._control = control
        self._objects = objects
        self._folder = folder
        self.node = folder / "node"

    def start(self, processes: Processes, kind: str, workload: str, container: str, *added: str) -> Server:
        """One container of a workload, after its init containers have come to their ends. `added`: more arguments."""
        pod = manifest_pod.pod_of(find(self._objects, kind, workload), workload, "node-1")
        pod["metadata"]["uid"] = "0"
        folder = self._folder / f"{workload}-{container}"
        ports = folder / "ports"
        ports.mkdir(parents=True)
        around = self._around(pod, folder)
        for one in pod["spec"].get("initContainers", []):
            _wait_for_success(self._run(processes, pod, one, around, [], []))
        (chosen,) = [one for one in pod["spec"]["containers"] if one["name"] == container]
        user = chosen["securityContext"].get("runAsUser", pod["spec"]["securityContext"]["runAsUser"])
        os.chown(ports, user, user)
        fields = _SOCKETS[container]
        words = [
            f"--set={field}.{key}={value}" for field in fields
            for key, value in (("address", _ADDRESS), ("port", 0), ("port_file", f"{_PORTS}/{field}"))
        ]  # fmt: skip
        process = self._run(processes, pod, chosen, around, [*words, *added], [Mount(_PORTS, ports, writable=True)])
        found = {}
        for field in fields:
            found[field] = until(f"{field} port of {container}", _SECONDS, _PortFile(process, ports / field))
        paths = [chosen[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        return Server(process, found, paths)

    def _run(
        self, processes: Processes, pod: Object, one: Object, around: Surroundings, added: Sequence[str],
        mounts: Sequence[Mount],
    ) -> Process:  # fmt: skip
        wanted = wish(pod, one, around, added, mounts)
        image = self._images[one["image"].partition(":")[0]]
        return processes.start(one["name"], command(self._store, image, one["name"], wanted, self._folder / "bundles"))

    def _around(self, pod: Object, folder: Path) -> Surroundings:
        spec, account = pod["spec"], None
        if spec.get("automountServiceAccountToken", True):
            account = folder / "account"
            account.mkdir()
            (account / "token").write_text(token(self._control, spec["serviceAccountName"], NAMESPACE))
            (account / "ca.crt").write_text(self._control.certificate.read_text())
            (account / "namespace").write_text(NAMESPACE)
        server = urlsplit(self._control.url)
        return Surroundings(
            address=_ADDRESS,
            node=self.node,
            maps=lambda name: find(self._objects, "ConfigMap", name)["data"],
            folder=folder,
            account=account,
            api_server=(str(server.hostname), str(server.port)),
            names=NAMES,
        )


def _wait_for_success(process: Process) -> None:
    until(f"end of {process.name}", _SECONDS, lambda: not process.running())
    if process.exit_status() != 0:
        raise RuntimeError(f"{process.name} ended with {process.exit_status()}: {process.tail()}")


@dataclass(frozen=True)
class _PortFile:
    process: Process
    path: Path

    def __call__(self) -> int:
        """0: not yet."""
        self.process.check()
        text = self.path.read_text() if self.path.exists() else ""
        return int(text or 0)
