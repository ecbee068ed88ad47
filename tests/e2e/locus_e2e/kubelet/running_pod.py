"""One pod as a process in a network namespace."""

from dataclasses import dataclass, field
from pathlib import Path

from locus_e2e.kube_api import Object
from locus_e2e.kubelet import pod_env, pod_status, volumes
from locus_e2e.kubelet.image import Command, Image
from locus_e2e.network import Network, Seat
from locus_e2e.processes import Process

# A pod's own unless it says otherwise.
_GRACE_SECONDS = 30.0


@dataclass
class RunningPod:
    """Its process may have ended; it is forgotten when the pod is gone from the API server. Used by one thread."""

    pod: Object
    seat: Seat
    node_address: str
    process: Process
    folder: Path
    since: str = field(default_factory=pod_status.now)
    # Last told to the API server; ended pods stay until it was told.
    told: str = ""
    # When SIGKILL follows SIGTERM; None: nobody asked the pod to end.
    kill_at: float | None = None
    # Its namespace was given back.
    released: bool = False

    @property
    def name(self) -> str:
        """The pod's."""
        return str(self.pod["metadata"]["name"])

    @property
    def node(self) -> str:
        """The node that it is bound to."""
        return str(self.pod["spec"]["nodeName"])

    def status(self) -> Object:
        """As it is now."""
        code = self.process.exit_status()
        if code is None:
            return pod_status.running(self.pod, self.seat.address, self.node_address, self.process.pid, self.since)
        return pod_status.ended(self.pod, self.process.pid, self.since, code)

    def ask_to_end(self, now: float) -> None:
        """SIGTERM, once; `now`: time.monotonic()."""
        if self.kill_at is None:
            grace = self.pod["metadata"].get("deletionGracePeriodSeconds")
            self.kill_at = now + (_GRACE_SECONDS if grace is None else float(grace))
            self.process.terminate()


def start(pod: Object, network: Network, image: Image, folder: Path, maps: pod_env.ConfigMaps) -> RunningPod | None:
    """Starts the first container; None when the image has nothing for it. Raises LookupError when a config map is not
    there yet, BadContainer when it can never be started. `folder` is made.

    The process ends with the *thread* that calls this: see Process.
    """
    (container, *_) = pod["spec"]["containers"]
    node = network.nodes[pod["spec"]["nodeName"]]
    if not container.get("args") and not container.get("command"):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    mounts = volumes.prepare(pod, container, folder, maps)
    shared = bool(pod["spec"].get("hostNetwork"))
    seat = node.seat if shared else network.add_pod(node.name, pod["metadata"]["name"])
    try:
        known = pod_env.environment(pod, container, seat.address, node.seat.address, maps)
        environment = {name: volumes.translate(value, mounts) for name, value in known.items()}
        arguments = [
            volumes.translate(pod_env.expand(text, known), mounts)
            for text in (*container.get("command", ()), *container.get("args", ()))
        ]
        command = image.command(arguments, environment, folder)
        if command is not None:
            process = _launch(pod["metadata"]["name"], seat, command, folder)
            return RunningPod(pod, seat, node.seat.address, process, folder)
    except BaseException:
        if not shared:
            network.remove_pod(seat)
        raise
    if not shared:
        network.remove_pod(seat)
    return None


def _launch(name: str, seat: Seat, command: Command, folder: Path) -> Process:
    # Where Spark's programs write what they are not told a place for.
    scratch = folder / "work"
    scratch.mkdir(exist_ok=True)
    argv = seat.command(command.argv)
    return Process(name, argv, folder / "log", environment=command.environment, folder=scratch)
