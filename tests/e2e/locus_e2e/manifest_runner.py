"""Parts of an installation as processes of this machine, with the rights of their own service accounts."""

import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import urllib3

from locus_e2e import manifest_pod
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import token
from locus_e2e.kube_api import ApiError, Object
from locus_e2e.kubelet import volumes
from locus_e2e.ports import free_port
from locus_e2e.processes import Process, Processes
from locus_e2e.waiting import until

_LOCAL = "127.0.0.1"
_SECONDS = 60.0
# As a kubelet's probes, which check no certificate and show none.
_HTTP = urllib3.PoolManager(retries=False, timeout=5.0, cert_reqs="CERT_NONE")
# Fields of the ports that are asked by probes.
_ADMIN = {"locus-meta": "admin", "locus-worker": "admin", "locus-extender": "admin.listen"}
# Sections that say where the API server is; a worker does not ask it.
_KUBERNETES = {"locus-meta": "nodes.kubernetes", "locus-extender": "kubernetes"}


@dataclass(frozen=True)
class Part:
    """A container of an installation that runs here."""

    process: Process
    # HTTP address of the port that probes ask.
    admin: str
    # host:port of the other one, if it has one.
    target: str
    # Starts it with the same ports.
    command: tuple[str, ...]
    # Folder -> name of the Secret whose files are in it.
    secrets: Mapping[Path, str] = field(default_factory=dict)

    def renew(self, objects: Sequence[Object]) -> None:
        """Secrets among `objects` that have changed: their files."""
        for folder, name in self.secrets.items():
            with contextlib.suppress(LookupError):
                volumes.put(folder, manifest_pod.secret(objects, name))

    def again(self, processes: Processes, *before: str) -> "Part":
        """Started once more after its end, at the same ports, as its kubelet would. `before`: what starts it, such as
        `env` with variables."""
        return replace(self, process=processes.start(self.process.name, [*before, *self.command]))

    def page(self, path: str) -> str:
        """Of the admin port."""
        self.process.check()
        return str(_HTTP.request("GET", self.admin + path).data.decode())

    def metric(self, series: str) -> float | None:
        """None: there is none of that name."""
        lines = self.page("/metrics").splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{series} ")), None)

    def answers(self, path: str) -> bool:
        """Whether the admin port says 200."""
        self.process.check()
        try:
            return _HTTP.request("GET", self.admin + path).status == 200
        except urllib3.exceptions.HTTPError:
            return False


class Runner:
    """Starts containers of an installation on `control`, as the kubelet would, with a token of their account."""

    def __init__(self, control: ControlPlane, objects: Sequence[Object], folder: Path, processes: Processes) -> None:
        """`objects`: workloads, config maps and Secrets."""
        self._control = control
        self._objects = objects
        self._folder = folder
        self._processes = processes

    def ours(
        self,
        workload: Object,
        container: str,
        program: Path,
        *added: str,
        pod: str = "",
        node: str = "",
        address: str = _LOCAL,
        root: Path | None = None,
        port: int = 0,
    ) -> Part:
        """One of our servers. `added`: further arguments. `pod`: its name, by default the workload's; `node`: where it
        runs, `address` that one's address, `root` its file system. `port`: of the port that is not the admin's."""
        name = pod or workload["metadata"]["name"]
        found, account = self._prepare(workload, container, name, node, address, root)
        words = list(found.words)
        if container in _KUBERNETES:
            # A process of this machine has no service account where a pod's is mounted.
            kubeconfig = self._control.kubeconfig_of((account / "token").read_text(), account / "kubeconfig")
            words += [f"--set={_KUBERNETES[container]}.in_cluster=false"]
            words += [f"--set={_KUBERNETES[container]}.kubeconfig={kubeconfig}"]
        ports = {field: account / f"{field}.port" for field in ("listen", _ADMIN[container])}
        for field, path in ports.items():
            wanted = port if field == "listen" else 0
            words += [f"--set={field}.address={address}"]
            words += [f"--set={field}.port={wanted}", f"--set={field}.port_file={path}"]
        process = self._processes.start(f"{name}-{container}", [program, *words, *added])

        def target(path: Path) -> str | None:
            process.check()
            text = path.read_text() if path.exists() else ""
            return f"{address}:{int(text)}" if text else None

        listen, admin = (
            until(f"{field} port of {name}", _SECONDS, functools.partial(target, path)) for field, path in ports.items()
        )
        (probed,) = [one for one in manifest_pod.containers(workload) if one["name"] == container]
        scheme = probed["readinessProbe"]["httpGet"].get("scheme", "HTTP").lower()
        fixed = {"listen": listen, _ADMIN[container]: admin}
        same = tuple(f"--set={field}.port={address.rpartition(':')[2]}" for field, address in fixed.items())
        return Part(process, f"{scheme}://{admin}", listen, (*process.argv, *same), found.secrets)

    def scheduler(self, workload: Object, binary: Path, extender: str, pod: str = "") -> Part:
        """kube-scheduler with its shipped configuration; only addresses differ. `extender`: host:port."""
        name = pod or workload["metadata"]["name"]
        found, _ = self._prepare(workload, "kube-scheduler", name, "", _LOCAL, None)
        config = manifest_pod.config_file(found)
        text = config.read_text()
        assert "://127.0.0.1:8900" in text
        config.write_text(text.replace("://127.0.0.1:8900", f"://{extender}"))
        kubeconfig = config.with_name("scheduler.conf")
        kubeconfig.write_text(kubeconfig.read_text().replace("https://kubernetes.default.svc", self._control.url))
        port = free_port()
        # In a pod it finds these two by itself.
        callers = [f"--{check}-kubeconfig={kubeconfig}" for check in ("authentication", "authorization")]
        process = self._processes.start(
            f"{name}-kube-scheduler", [binary, "scheduler", *found.words, f"--secure-port={port}",
                                       f"--bind-address={_LOCAL}", *callers, "-v", "2"],
        )  # fmt: skip
        return Part(process, f"https://{_LOCAL}:{port}", "", tuple(process.argv), found.secrets)

    def _prepare(
        self, workload: Object, container: str, name: str, node: str, address: str, root: Path | None
    ) -> tuple[manifest_pod.Arguments, Path]:
        pod = manifest_pod.pod_of(workload, name, node or "node-1")
        account = self._folder / f"{name}-{container}-account"
        account.mkdir()
        spec, namespace = pod["spec"], pod["metadata"]["namespace"]
        if spec.get("automountServiceAccountToken", True):
            (account / "token").write_text(token(self._control, spec["serviceAccountName"], namespace))
            (account / "ca.crt").write_text(self._control.certificate.read_text())
        folder = self._folder / f"{name}-{container}"
        tokens = functools.partial(self._bound_token, pod)
        return manifest_pod.arguments(self._objects, pod, container, folder, account, address, root, tokens), account

    def _bound_token(self, pod: Object, source: Object) -> str:
        """For an audience, and with the pod's name in it: it must be there for that, and stays."""
        metadata, spec = pod["metadata"], pod["spec"]
        try:
            self._control.api.post(f"/api/v1/namespaces/{metadata['namespace']}/pods", pod)
        except ApiError as problem:
            # There from an earlier start.
            if problem.status != 409:
                raise
        return token(
            self._control, spec["serviceAccountName"], metadata["namespace"], source["audience"], metadata["name"]
        )
