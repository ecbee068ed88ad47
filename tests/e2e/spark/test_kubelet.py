"""The kubelet that runs executors here, on a real API server: what the other tests of this tier rely on."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import network, settings
from locus_e2e.cluster import PODS, Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import ApiError, KubeApi, Object
from locus_e2e.kubelet.image import Command
from locus_e2e.kubelet.kubelet import Kubelet
from locus_e2e.network import Network
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

_SECONDS = 20.0


class _Shell:
    """An image that runs its arguments as a script."""

    def command(self, arguments: Sequence[str], environment: Mapping[str, str], _folder: Path) -> Command | None:
        return Command(["sh", "-c", *arguments], {"PATH": os.environ["PATH"], **environment})


class _Scene:
    def __init__(self, api: KubeApi, net: Network, kubelet: Kubelet) -> None:
        self.api = api
        self.network = net
        self.kubelet = kubelet

    def run(self, name: str, script: str, node: str = "node-1", env: Sequence[Object] = (), **spec: Any) -> None:
        container = {"name": "main", "image": "shell", "args": [script], "env": list(env)}
        body: Object = {
            "metadata": {"name": name},
            "spec": {"nodeName": node, "restartPolicy": "Never", "containers": [container], **spec},
        }
        self.api.post(PODS, body)

    def status(self, name: str) -> Object:
        return dict(self.api.get(f"{PODS}/{name}").get("status", {}))

    def wait_phase(self, name: str, phase: str) -> Object:
        until(f"{phase} of {name}", _SECONDS, lambda: self.status(name).get("phase") == phase)
        return self.status(name)

    def output(self, name: str) -> str:
        return self.kubelet.log(name).read_text()

    def gone(self, name: str) -> bool:
        try:
            self.status(name)
        except ApiError as problem:
            return problem.status == 404
        return False


@pytest.fixture(scope="module")
def scene(run_folder: Path) -> Iterator[_Scene]:
    """Two nodes, nothing else."""
    binary = settings.kubeplane()
    assert binary is not None
    folder = run_folder / "kubelet"
    folder.mkdir()
    with contextlib.ExitStack() as ends:
        net = ends.enter_context(contextlib.closing(Network(("node-1", "node-2"))))
        processes = ends.enter_context(Processes(folder))
        control = ControlPlane(binary, folder / "kube", processes)
        nodes = [Node(name, one.seat.address, 1000, 1000) for name, one in net.nodes.items()]
        kubelet = Kubelet(control.api, net, nodes, _Shell(), folder / "pods")
        ends.enter_context(contextlib.closing(kubelet))
        yield _Scene(control.api, net, kubelet)


@pytest.fixture(scope="module")
def listener(scene: _Scene) -> Iterator[Callable[[], str]]:
    """A server on the hub: the port is its `port`; a call waits for the next caller and tells its address."""
    with socket.create_server((scene.network.hub.address, 0)) as server:
        server.settimeout(_SECONDS)

        def next_caller() -> str:
            connection, (address, _port) = server.accept()
            connection.close()
            return str(address)

        next_caller.port = server.getsockname()[1]  # type: ignore[attr-defined]
        yield next_caller


def _call(scene: _Scene, listener: Any) -> str:
    """A script that connects to the listener and stays."""
    code = f"import socket; socket.create_connection(('{scene.network.hub.address}', {listener.port}), 10)"
    return f'{sys.executable} -c "{code}"; exec sleep 1000'


def test_a_pod_calls_from_its_own_address_and_one_with_host_network_from_its_nodes(
    scene: _Scene, listener: Callable[[], str]
) -> None:
    """Which is what the status tells, and what a server sees."""
    seen = {}
    for name, node, spec in (
        ("own-1", "node-1", {}),
        ("own-2", "node-1", {}),
        ("shared", "node-2", {"hostNetwork": True}),
    ):
        scene.run(name, _call(scene, listener), node, **spec)
        seen[name] = listener()
        status = scene.wait_phase(name, "Running")
        assert status["podIP"] == seen[name]
        assert status["hostIP"] == scene.network.nodes[node].seat.address
    assert seen["shared"] == scene.network.nodes["node-2"].seat.address
    assert len(set(seen.values())) == 3


def test_bytes_between_pods_of_one_node_do_not_cross_its_uplink_and_others_do(scene: _Scene) -> None:
    """Ten megabytes each."""
    size = 10_000_000
    serve = (
        "import socket; s = socket.create_server(('', 7000))\n"
        f"while True: c, _ = s.accept(); c.sendall(bytes({size})); c.close()"
    )
    read = (
        "import socket, sys; s = socket.create_connection((sys.argv[1], 7000), 10); n = 0\n"
        "while chunk := s.recv(1 << 20): n += len(chunk)\n"
        "print(n)"
    )
    scene.run("server", f'exec {sys.executable} -c "{serve}"')
    address = scene.wait_phase("server", "Running")["podIP"]
    server = scene.network.nodes["node-1"]
    probe = next(one.seat for one in scene.kubelet.pods() if one.name == "server")
    listening = probe.command(["ss", "-tlnH", "( sport = :7000 )"])
    until("server", _SECONDS, lambda: subprocess.run(listening, capture_output=True, check=True).stdout)
    crossed = {}
    for name, node in (("near", "node-1"), ("far", "node-2")):
        before = server.traffic()
        scene.run(name, f"{sys.executable} -c '{read}' {address}".replace("'", '"'), node)
        scene.wait_phase(name, "Succeeded")
        assert scene.output(name).strip() == str(size)
        crossed[name] = server.traffic() - before
    assert crossed["near"].sent < size / 100
    assert size <= crossed["far"].sent < 1.1 * size
    assert crossed["far"].received < size / 10


def test_exit_codes_are_told(scene: _Scene) -> None:
    """Of a process that ends by itself, well or not, and of one that is killed."""
    for name, script, phase, code in (
        ("well", "exit 0", "Succeeded", 0),
        ("badly", "exit 3", "Failed", 3),
        # The shell's $$, written as Kubernetes wants it.
        ("killed", "kill -9 $$$$", "Failed", 137),
    ):
        scene.run(name, script)
        (container,) = scene.wait_phase(name, phase)["containerStatuses"]
        assert container["state"]["terminated"]["exitCode"] == code


def test_a_deleted_pod_may_end_in_order_and_is_killed_when_its_time_is_up(scene: _Scene) -> None:
    """A second of grace; then the pod is gone and its process too."""
    scene.run("polite", "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.1; done")
    scene.run("stubborn", "trap '' TERM; echo up; while :; do sleep 0.1; done")
    for name in ("polite", "stubborn"):
        scene.wait_phase(name, "Running")
        until("trap", _SECONDS, lambda name=name: "up" in scene.output(name))
    running = {one.name: one.process for one in scene.kubelet.pods()}
    scene.api.delete(f"{PODS}/polite", {"gracePeriodSeconds": 30})
    began = time.monotonic()
    scene.api.delete(f"{PODS}/stubborn", {"gracePeriodSeconds": 1})
    until("end of both", _SECONDS, lambda: scene.gone("polite") and scene.gone("stubborn"))
    assert "bye" in scene.output("polite")
    assert running["polite"].exit_status() == 0
    assert running["stubborn"].exit_status() == -9
    assert time.monotonic() - began >= 1


def test_variables_refer_to_the_pod_and_a_missing_config_map_is_waited_for(scene: _Scene) -> None:
    """As Spark's executors have it."""
    env = [
        {"name": "HOST", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
        {"name": "SELF", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "BOTH", "value": "$(HOST)/$(SELF)"},
        {"name": "MAPPED", "valueFrom": {"configMapKeyRef": {"name": "late", "key": "word"}}},
    ]
    scene.run("told", 'echo "$BOTH $MAPPED $(hostname)"; exec sleep 1000', env=env)
    scene.api.post("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "late"}, "data": {"word": "yes"}})
    status = scene.wait_phase("told", "Running")
    until("words", _SECONDS, lambda: scene.output("told"))
    assert scene.output("told").split() == [f"{status['hostIP']}/{status['podIP']}", "yes", "told"]


def test_a_container_that_can_never_start_says_why(scene: _Scene) -> None:
    """In the pod's status, where people look."""
    secret = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    scene.run("never", "exit 0", env=[secret])

    def why() -> str:
        statuses = scene.status("never").get("containerStatuses", [])
        return str(statuses[0]["state"]["waiting"]["message"]) if statuses else ""

    assert "secretKeyRef" in until("reason", _SECONDS, why)


def test_what_a_killed_run_left_behind_goes_with_the_next(run_folder: Path) -> None:
    """Namespaces, devices and files."""
    program = (
        "import sys, time; from locus_e2e.network import Network\n"
        "net = Network(['node-1']); net.add_pod('node-1', 'p'); print('up', flush=True); time.sleep(1000)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "up\n"
        other.kill()
    mark = f"{other.pid}-"

    def left() -> list[str]:
        namespaces = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout.split()
        devices = os.listdir("/sys/class/net")
        files = os.listdir("/etc/netns") if Path("/etc/netns").exists() else []
        return [one for one in (*namespaces, *files) if mark in one] + [
            one for one in devices if one.startswith(f"lt{other.pid}")
        ]

    assert len(left()) >= 5
    network.sweep()
    assert left() == []
