"""A double of the control plane for machines without Go: a loop that asks Locus as kube-scheduler does.

What is as in kube-scheduler 1.36: the body of /prioritize (Pod, NodeNames), the weight, answers that are ignored when
they do not come. What is much simpler: of the scheduler's own plugins only "least allocated" is here, and no API
server validates anything.
"""

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import urllib3

from locus_e2e import rooms, scheduler_config
from locus_e2e.cluster import NAMESPACE, Binding, Node
from locus_e2e.kube_api import Object

# kube-scheduler scales an extender's 0..10 to its own 0..100.
_SCALE = 10


class SimulatedPlane:
    """A Plane (see planes.py) in one process."""

    def __init__(self, nodes: Sequence[Node], extender_url: str) -> None:
        self._nodes = list(nodes)
        self._extender: dict[str, Any] = scheduler_config.with_locus(extender_url)["extenders"][0]
        seconds = float(self._extender["httpTimeout"].removesuffix("ms")) / 1000
        self._http = urllib3.PoolManager(retries=False, timeout=seconds)
        self.clear()

    def place(self, pods: Sequence[Object]) -> list[Binding]:
        return [self._place(pod, number) for number, pod in enumerate(pods)]

    def clear(self) -> None:
        self._placed = {node.name: 0 for node in self._nodes}

    def addresses(self) -> list[tuple[str, str]]:
        return []

    def close(self) -> None:
        self._http.clear()

    def _place(self, pod: Object, number: int) -> Binding:
        created = time.monotonic()
        feasible = [node for node in self._nodes if self._placed[node.name] < rooms.capacity(node)]
        totals = {node.name: 100 * (1 - self._placed[node.name] / rooms.capacity(node)) for node in feasible}
        if pod["spec"]["schedulerName"] != scheduler_config.STOCK_NAME and len(feasible) > 1:
            for host, score in self._ask(pod, list(totals)).items():
                if host in totals:
                    totals[host] += score * self._extender["weight"] * _SCALE
        chosen = max(totals, key=lambda name: totals[name])
        self._placed[chosen] += 1
        return Binding(pod["metadata"]["name"], chosen, created, time.monotonic(), number)

    def _ask(self, pod: Object, names: list[str]) -> dict[str, int]:
        metadata = {**pod["metadata"], "namespace": NAMESPACE, "uid": str(uuid.uuid4())}
        body = {"Pod": {**pod, "metadata": metadata}, "Nodes": None, "NodeNames": names}
        try:
            answer = self._http.request(
                "POST",
                f"{self._extender['urlPrefix']}/{self._extender['prioritizeVerb']}",
                body=json.dumps(body),
                headers={"Content-Type": "application/json"},
            )
            if answer.status != 200:
                return {}
            return {entry["Host"]: entry["Score"] for entry in json.loads(answer.data) or []}
        except (urllib3.exceptions.HTTPError, ValueError):
            return {}
