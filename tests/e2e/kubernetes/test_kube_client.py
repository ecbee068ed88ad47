"""The API server's client against a real one: follows nodes and pods, patches, tells events, takes a lease."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import yaml
from locus_e2e import settings
from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import MERGE, ApiError, Object
from locus_e2e.waiting import until

_NAMESPACE = "kube-client"
_PODS = f"/api/v1/namespaces/{_NAMESPACE}/pods"
_PROGRAM = "integration/kube/kube_client"
_GATE = "locus.dev/locality"
# More than one page of five.
_NODES = 7
_SECONDS = 30.0


class Follower:
    """A reflector in a process of its own, and the copy that its calls make."""

    def __init__(self, kubeconfig: Path, what: str) -> None:
        self.calls: list[str] = []
        self.copy: dict[str, Object] = {}
        self.stats: Object = {}
        self.problems: list[str] = []
        self._listed: dict[str, Object] = {}
        self._child = subprocess.Popen(
            [settings.test_program(_PROGRAM), kubeconfig, "follow", what],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, name=f"follow {what}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it in order; its figures are in `stats`."""
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            self._child.wait(_SECONDS)
        finally:
            self._child.kill()
            self._child.wait()
        self._thread.join(_SECONDS)

    def synced(self) -> bool:
        """Whether a list has come to its end."""
        return "end" in self.calls

    def problem(self) -> str:
        """What it says is wrong right now."""
        assert self._child.stdin is not None
        before = len(self.problems)
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        until("word on what is wrong", _SECONDS, lambda: len(self.problems) > before)
        return self.problems[-1]

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            told = json.loads(line)
            self._take(told.pop("call"), told)

    def _take(self, call: str, told: Object) -> None:
        if call == "stats":
            self.stats = told
        elif call == "problem":
            self.problems.append(told["text"])
        elif call == "begin":
            self._listed = {}
        elif call == "listed":
            self._listed[told["object"]["name"]] = told["object"]
        elif call == "end":
            self.copy = self._listed
        elif call == "present":
            self.copy = {**self.copy, told["object"]["name"]: told["object"]}
        else:
            assert call == "gone", call
            self.copy = {name: o for name, o in self.copy.items() if name != told["object"]["name"]}
        # Last: who waits for a call finds what it did.
        self.calls.append(call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


def _node(number: int) -> Object:
    return {
        "metadata": {"name": f"client-{number}", "labels": {"rack": str(number)}},
        "status": {"allocatable": {"cpu": "3920m", "memory": "15Gi", "pods": "110", "nvidia.com/gpu": "2"},
                   "capacity": {"cpu": "4", "memory": "16Gi", "pods": "110", "nvidia.com/gpu": "2"}},
    }  # fmt: skip


def _pod(name: str) -> Object:
    def container(**requests: str) -> Object:
        return {"name": "c", "image": "none", "resources": {"requests": requests}}

    return {
        "metadata": {"name": name, "labels": {"app": "x"},
                     "annotations": {"locus.dev/inputs": "alluxio:///a", "other": "y"}},
        "spec": {
            "schedulerName": "nobody", "schedulingGates": [{"name": _GATE}, {"name": "example.com/other"}],
            "nodeSelector": {"rack": "1"}, "containers": [container(cpu="0.25", memory="64Mi")],
            "initContainers": [{**container(cpu="100m", memory="1e6"), "name": "s", "restartPolicy": "Always"}],
        },
    }  # fmt: skip


def _run(kubeconfig: Path, *words: str) -> list[Any]:
    said = subprocess.run(
        [settings.test_program(_PROGRAM), kubeconfig, *words], capture_output=True, text=True, timeout=60, check=True
    )
    return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.fixture(scope="module", autouse=True)
def space(control: ControlPlane) -> Iterator[None]:
    """A namespace and some nodes."""
    made = []
    try:
        control.api.post("/api/v1/namespaces", {"metadata": {"name": _NAMESPACE}})
        for number in range(_NODES):
            control.api.post("/api/v1/nodes", _node(number))
            made.append(f"/api/v1/nodes/client-{number}")
        yield
    finally:
        for path in made:
            control.api.delete(path)


@pytest.fixture
def pod(control: ControlPlane) -> Iterator[Object]:
    """A gated pod; gone with the test."""
    made = control.api.post(_PODS, _pod("gated"))
    yield made
    try:
        control.api.delete(f"{_PODS}/gated", {"gracePeriodSeconds": 0})
    except ApiError as error:
        assert error.status == 404


def _certified(control: ControlPlane, tmp_path: Path) -> Path:
    config = yaml.safe_load(control.kubeconfig.read_text())
    user = {"client-certificate": str(control.client_certificate), "client-key": str(control.client_key)}
    path = tmp_path / "certified.kubeconfig"
    path.write_text(yaml.safe_dump({**config, "users": [{"name": "admin", "user": user}]}))
    return path


def test_nodes_are_followed(control: ControlPlane) -> None:
    """Pages, then each change, through some watches."""
    api = control.api
    with Follower(control.kubeconfig, "nodes") as nodes:
        until("list of nodes", _SECONDS, nodes.synced)
        expected = {node["metadata"]["name"]: node for node in api.get("/api/v1/nodes")["items"]}
        assert set(nodes.copy) == set(expected)
        seen = nodes.copy["client-0"]
        assert seen["labels"] == expected["client-0"]["metadata"]["labels"]
        assert seen["allocatable"] == {
            "cpu_milli": 3920, "memory": 15 << 30, "pods": 110, "others": {"nvidia.com/gpu": 2}
        }  # fmt: skip
        assert not seen["cordoned"]

        try:
            api.post("/api/v1/nodes", {"metadata": {"name": "late"}})
            until("new node", _SECONDS, lambda: "late" in nodes.copy)
            taint = {"key": "k", "value": "v", "effect": "NoExecute"}
            api.patch("/api/v1/nodes/late", {"spec": {"unschedulable": True, "taints": [taint]}}, MERGE)
            until("cordon", _SECONDS, lambda: nodes.copy["late"]["cordoned"])
            assert ["k", "v", "NoExecute"] in nodes.copy["late"]["taints"]
        finally:
            api.delete("/api/v1/nodes/late")
        until("end of the node", _SECONDS, lambda: "late" not in nodes.copy)
        assert nodes.problem() == ""
    assert nodes.stats["failures"] == 0
    assert nodes.stats["lists"] == 1


def test_pods_are_followed_and_patched(control: ControlPlane, pod: Object) -> None:
    """What Locus does to a waiting pod: an annotation, and then a gate less."""
    with Follower(control.kubeconfig, "pods") as pods:
        until("list of pods", _SECONDS, pods.synced)
        name = f"{_NAMESPACE}/gated"
        seen = pods.copy[name]
        assert seen["uid"] == pod["metadata"]["uid"]
        assert seen["annotations"] == {"locus.dev/inputs": "alluxio:///a"}
        assert seen["gates"] == [_GATE, "example.com/other"]
        assert seen["scheduler"] == "nobody"
        assert seen["node_selector"] == {"rack": "1"}
        assert seen["requests"] == {"cpu_milli": 350, "memory": (64 << 20) + 10**6, "pods": 1, "others": {}}

        uid = pod["metadata"]["uid"]
        wake = {"metadata": {"uid": uid, "annotations": {"locus.dev/wake": "1"}}}
        open_gate = {"metadata": {"uid": uid}, "spec": {"schedulingGates": [{"$patch": "delete", "name": _GATE}]}}
        for patch in (wake, open_gate):
            assert _run(control.kubeconfig, "patch", _NAMESPACE, "gated", json.dumps(patch))[0]["code"] == "OK"
        until("open gate", _SECONDS, lambda: pods.copy[name]["gates"] == ["example.com/other"])
        assert pods.copy[name]["annotations"] == {"locus.dev/inputs": "alluxio:///a", "locus.dev/wake": "1"}

        control.api.delete(f"{_PODS}/gated", {"gracePeriodSeconds": 0})
        until("end of the pod", _SECONDS, lambda: name not in pods.copy)
    assert pods.stats["failures"] == 0


def test_a_patch_that_cannot_be_says_why(control: ControlPlane, pod: Object) -> None:
    """Another pod of the name, no such pod, nonsense, and a change that the server forbids."""

    def code(name: str, patch: Object | str) -> str:
        text = patch if isinstance(patch, str) else json.dumps(patch)
        return str(_run(control.kubeconfig, "patch", _NAMESPACE, name, text)[0]["code"])

    assert code("gated", {"metadata": {"uid": "0000", "annotations": {"locus.dev/wake": "2"}}}) == "ABORTED"
    assert code("nobody", {"metadata": {"annotations": {"locus.dev/wake": "2"}}}) == "NOT_FOUND"
    assert code("gated", "{") == "INVALID_ARGUMENT"
    assert code("gated", {"spec": {"schedulingGates": [{"name": "example.com/new"}]}}) == "INVALID_ARGUMENT"
    assert "locus.dev/wake" not in control.api.get(f"{_PODS}/gated")["metadata"]["annotations"]
    assert pod["metadata"]["name"] == "gated"


def test_an_event_stands_at_its_pod(control: ControlPlane, pod: Object) -> None:
    """As `kubectl describe` finds it; of a note that is too long as much as fits."""
    uid = pod["metadata"]["uid"]
    for note in ("on node ü", "x" * 1023 + "ü"):
        assert _run(control.kubeconfig, "event", _NAMESPACE, "gated", uid, note)[0] == {"code": "OK", "message": ""}
    selector = f"involvedObject.name%3Dgated%2CinvolvedObject.uid%3D{uid}"
    found = control.api.get(f"/api/v1/namespaces/{_NAMESPACE}/events?fieldSelector={selector}")["items"]
    assert {event["message"] for event in found} == {"on node ü", "x" * 1023}
    for event in found:
        assert event["type"] == "Normal"
        assert event["reason"] == "LocalityPlaced"
        assert event["action"] == "Placing"
        assert event["reportingComponent"] == "locus.dev/extender"
        assert event["reportingInstance"] == "extender-0"
        assert event["metadata"]["name"].startswith("gated-")


def test_a_lease_is_taken_and_kept_by_version(control: ControlPlane, tmp_path: Path) -> None:
    """With a client certificate instead of a token."""
    told = _run(_certified(control, tmp_path), "lease", _NAMESPACE, "gate", "a_1")
    codes = [step.get("code") for step in told]
    assert codes == ["NOT_FOUND", "OK", "ABORTED", "OK", "ABORTED", "OK", None, "OK"], told
    created, renewed, read, same, left = told[1], told[3], told[5], told[6], told[7]
    assert (created["holder"], created["seconds"], created["transitions"]) == ("a_1", 10, 0)
    assert renewed["version"] != created["version"]
    assert renewed["transitions"] == 1
    assert read == renewed
    assert same == {"same_time": True}
    assert left["holder"] == ""
    stored = control.api.get(f"/apis/coordination.k8s.io/v1/namespaces/{_NAMESPACE}/leases/gate")
    assert stored["spec"]["leaseDurationSeconds"] == 1


def test_a_follower_outlives_the_api_server(control: ControlPlane, pod: Object, tmp_path: Path) -> None:
    """Killed in mid-watch; what changes afterwards is seen, and nothing that was there is lost."""
    with Follower(_certified(control, tmp_path), "pods") as pods, Follower(control.kubeconfig, "nodes") as nodes:
        until("lists", _SECONDS, lambda: pods.synced() and nodes.synced())
        control.restart_server()
        control.api.patch(f"{_PODS}/gated", {"metadata": {"labels": {"after": "restart"}}}, MERGE)
        name = f"{_NAMESPACE}/gated"
        until("news after the restart", _SECONDS, lambda: pods.copy[name]["labels"].get("after") == "restart")
        assert pods.copy[name]["uid"] == pod["metadata"]["uid"]
        control.api.patch("/api/v1/nodes/client-0", {"metadata": {"labels": {"after": "restart"}}}, MERGE)
        until("news of a node", _SECONDS, lambda: nodes.copy["client-0"]["labels"].get("after") == "restart")
        assert len([node for node in nodes.copy if node.startswith("client-")]) == _NODES
        until("no problem", _SECONDS, lambda: pods.problem() == "" and nodes.problem() == "")
    assert pods.stats["failures"] >= 1
