"""Fake nodes and pods on the API server, and who was bound where and when."""

import functools
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from locus_e2e.kube_api import ApiError, KubeApi, Object, Watch
from locus_e2e.waiting import until

NAMESPACE = "default"
# Calls to the API server.
_AT_ONCE = 8
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


@dataclass(frozen=True)
class Node:
    """A node that exists on paper only. CPU in thousandths, memory in MiB."""

    name: str
    address: str
    cpu_milli: int
    memory_mib: int
    pods: int = 110


@dataclass(frozen=True)
class Binding:
    """A pod and where it went; times of time.monotonic() in this process."""

    pod: str
    node: str
    created: float
    bound: float
    # Position in the order of creation as the API server saw it.
    creation_version: int

    @property
    def waited(self) -> float:
        """Seconds from the moment before the creation call to the arrival of the binding."""
        return self.bound - self.created


def add_node(api: KubeApi, node: Node) -> None:
    """Adds a node and makes it ready for pods."""
    figures = {"cpu": f"{node.cpu_milli}m", "memory": f"{node.memory_mib}Mi", "pods": str(node.pods)}
    api.post(
        "/api/v1/nodes",
        {
            "metadata": {"name": node.name, "labels": {"kubernetes.io/hostname": node.name}},
            "status": {
                "capacity": figures,
                "allocatable": figures,
                "conditions": [{"type": "Ready", "status": "True", "reason": "Fake", "message": "exists on paper"}],
                "addresses": [
                    {"type": "InternalIP", "address": node.address},
                    {"type": "Hostname", "address": node.name},
                ],
            },
        },
    )
    # The API server taints every new node until a controller, which there is none of here, has seen it ready.
    api.patch(f"/api/v1/nodes/{node.name}", {"spec": {"taints": None}}, "application/merge-patch+json")


def add_nodes(api: KubeApi, nodes: Sequence[Node]) -> None:
    """Adds nodes, several at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(functools.partial(add_node, api), nodes))


def remove_nodes(api: KubeApi, nodes: Sequence[Node]) -> None:
    """Takes nodes away, several at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(functools.partial(remove_node, api), nodes))


def remove_node(api: KubeApi, node: Node) -> None:
    """Takes a node away."""
    api.delete(f"/api/v1/nodes/{node.name}")


class PodBoard:
    """Creates pods and watches them. Use from one thread; the watch has its own."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._created: dict[str, tuple[float, int]] = {}
        self._bound: dict[str, tuple[str, float]] = {}
        self._refused: set[str] = set()
        self._ungated: dict[str, float] = {}
        self._watch = Watch(api, PODS, self._on_event)

    def create(self, manifest: Object) -> str:
        """Creates a pod; returns its name."""
        before = time.monotonic()
        created = self._api.post(PODS, manifest)["metadata"]
        with self._lock:
            self._created[created["name"]] = (before, int(created["resourceVersion"]))
        return str(created["name"])

    def bindings(self, names: Iterable[str]) -> list[Binding]:
        """Those of `names` that are bound by now, in the order of their creation."""
        with self._lock:
            found = []
            for name in names:
                if name in self._bound and name in self._created:
                    (node, bound), (created, version) = self._bound[name], self._created[name]
                    found.append(Binding(name, node, created, bound, version))
        return sorted(found, key=lambda binding: binding.creation_version)

    def refused(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that the scheduler had to put back at least once, as it found no node for them then."""
        with self._lock:
            return [name for name in names if name in self._refused]

    def opened(self, names: Iterable[str]) -> dict[str, float]:
        """Those of `names` that stand at no gate, each with the seconds from the moment before its creation to the
        arrival of that news."""
        with self._lock:
            return {
                name: self._ungated[name] - self._created[name][0]
                for name in names
                if name in self._ungated and name in self._created
            }

    def wait_opened(self, names: Iterable[str], seconds: float) -> dict[str, float]:
        """All of `names`, as opened() tells them. Raises WaitedTooLong."""
        wanted = list(names)

        def all_opened() -> dict[str, float] | None:
            opened = self.opened(wanted)
            return opened if len(opened) == len(wanted) else None

        return until(f"opening of all {len(wanted)} gates", seconds, all_opened)

    def wait_bound(self, names: Iterable[str], seconds: float) -> list[Binding]:
        """All of `names`, bound. Raises WaitedTooLong and says who is not."""
        wanted = list(names)

        def all_bound() -> list[Binding] | None:
            bound = self.bindings(wanted)
            return bound if len(bound) == len(wanted) else None

        return until(f"binding of all {len(wanted)} pods", seconds, all_bound)

    def pod(self, name: str) -> Object:
        """The pod as it is now."""
        return self._api.get(f"{PODS}/{name}")

    def events(self, name: str) -> list[tuple[str, str]]:
        """Events about the pod of that name that is there now: (reason, text), in no order."""
        uid = self.pod(name)["metadata"]["uid"]
        listed = self._api.get(f"/api/v1/namespaces/{NAMESPACE}/events?fieldSelector=involvedObject.uid={uid}")
        return [(str(one["reason"]), str(one["message"])) for one in listed["items"]]

    def delete(self, name: str, seconds: float = 30) -> None:
        """Deletes one pod and waits until it is gone."""
        # Nobody runs it, so nobody would report that it has ended.
        self._api.delete(f"{PODS}/{name}", {"gracePeriodSeconds": 0})

        def is_gone() -> bool:
            try:
                self.pod(name)
            except ApiError as problem:
                return problem.status == 404
            return False

        until(f"end of {name}", seconds, is_gone)

    def remove_all(self, seconds: float = 30) -> None:
        """Deletes every pod and waits until none is left."""
        # Nobody runs these pods, so nobody would report that they have ended.
        self._api.delete(PODS, {"gracePeriodSeconds": 0})
        until("end of all pods", seconds, lambda: not self._api.get(PODS)["items"])
        with self._lock:
            self._created.clear()
            self._bound.clear()
            self._refused.clear()
            self._ungated.clear()

    def close(self) -> None:
        """Ends the watch."""
        self._watch.close()

    def _on_event(self, kind: str, pod: Object, arrived: float) -> None:
        name = pod.get("metadata", {}).get("name")
        if kind not in ("ADDED", "MODIFIED") or not name:
            return
        node: Any = pod["spec"].get("nodeName")
        conditions = pod.get("status", {}).get("conditions", [])
        with self._lock:
            if not pod["spec"].get("schedulingGates"):
                self._ungated.setdefault(name, arrived)
            if node:
                self._bound.setdefault(name, (str(node), arrived))
            if any(one["type"] == "PodScheduled" and one["status"] == "False" for one in conditions):
                self._refused.add(name)
