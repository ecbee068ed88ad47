"""Registers nodes, follows the pods that are bound to them, and runs those that its image knows."""

import contextlib
import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import urllib3

from locus_e2e.cluster import PODS, Node, add_nodes, remove_nodes
from locus_e2e.kube_api import ApiError, KubeApi, Object, Watch
from locus_e2e.kubelet import pod_status, running_pod, services
from locus_e2e.kubelet.image import Image
from locus_e2e.kubelet.pod_env import BadContainer, ConfigMaps
from locus_e2e.kubelet.running_pod import RunningPod
from locus_e2e.network import Network

# How often ended processes and times that are up are looked for.
_BEAT_SECONDS = 0.05
_RETRY_SECONDS = 0.5
_NO_ANSWER = (ApiError, urllib3.exceptions.HTTPError, OSError)
_OVER = ("Succeeded", "Failed")


class Kubelet:
    """The kubelet of all nodes of a network. Pods that the image has nothing for take room and stay pending. Restart
    policies are not kept: what ends is over. Thread-safe; ends all processes at close()."""

    def __init__(self, api: KubeApi, network: Network, nodes: Sequence[Node], image: Image, folder: Path) -> None:
        """`nodes`: their addresses must be the network's. `folder`: for logs and volumes, one folder a pod."""
        self._api = api
        self._network = network
        self._nodes = list(nodes)
        self._names = {node.name for node in nodes}
        self._image = image
        self._folder = folder
        self._news: queue.Queue[tuple[str, Object] | None] = queue.Queue()
        self._service_news: queue.Queue[tuple[str, Object]] = queue.Queue()
        # By uid.
        self._services: dict[str, Object] = {}
        self._named: dict[str, str] = {}
        self._lock = threading.Lock()
        # By uid.
        self._pods: dict[str, RunningPod] = {}
        self._ignored: set[str] = set()
        # Bound, but not startable yet: when to try again.
        self._later: dict[str, tuple[float, Object]] = {}
        for node in nodes:
            assert node.address == network.nodes[node.name].seat.address
        add_nodes(api, nodes)
        # The one thread that starts processes: they end with it, see Process.
        self._thread = threading.Thread(target=self._run, name="kubelet", daemon=True)
        self._thread.start()
        self._watch = Watch(api, PODS, lambda kind, pod, _arrived: self._news.put((kind, pod)))
        self._service_watch = Watch(
            api, services.SERVICES, lambda kind, service, _arrived: self._service_news.put((kind, service))
        )
        # Those that were there before; told twice does no harm.
        for pod in api.get(PODS)["items"]:
            self._news.put(("MODIFIED", pod))
        for service in api.get(services.SERVICES)["items"]:
            self._service_news.put(("MODIFIED", service))

    def pods(self, labels: Mapping[str, str] | None = None) -> list[RunningPod]:
        """Those whose process runs, with all of these labels, in the order of their start."""
        wanted = (labels or {}).items()
        with self._lock:
            found = [one for one in self._pods.values() if one.process.running()]
        return [one for one in found if wanted <= one.pod["metadata"].get("labels", {}).items()]

    @contextlib.contextmanager
    def using(self, image: Image) -> Iterator[None]:
        """Pods that start meanwhile are of another image."""
        before, self._image = self._image, image
        try:
            yield
        finally:
            self._image = before

    def log(self, pod: str) -> Path:
        """What a pod's process has written; the pod may be gone."""
        return self._folder / pod / "log"

    def close(self) -> None:
        """Kills what runs and takes the nodes away; pods stay with the API server."""
        self._watch.close()
        self._service_watch.close()
        self._news.put(None)
        self._thread.join()
        remove_nodes(self._api, self._nodes)

    # --- the loop's thread

    def _run(self) -> None:
        while True:
            with contextlib.suppress(queue.Empty):
                news = self._news.get(timeout=_BEAT_SECONDS)
                if news is None:
                    break
                self._hear(*news)
            self._look_around(time.monotonic())
            self._name_services()
        for one in self._pods.values():
            one.process.kill()
            self._release(one)

    def _hear(self, kind: str, pod: Object) -> None:
        uid = pod["metadata"]["uid"]
        if kind == "DELETED":
            self._forget(uid)
        elif pod["spec"].get("nodeName") not in self._names:
            return
        elif pod["metadata"].get("deletionTimestamp"):
            self._end(uid, pod)
        elif uid not in self._pods and uid not in self._ignored and pod.get("status", {}).get("phase") not in _OVER:
            self._start(uid, pod)

    def _start(self, uid: str, pod: Object) -> None:
        folder = self._folder / pod["metadata"]["name"]
        try:
            started = running_pod.start(pod, self._network, self._image, folder, self._config_map(pod))
        except BadContainer as problem:
            self._ignored.add(uid)
            node = self._network.nodes[pod["spec"]["nodeName"]]
            self._tell(pod, pod_status.refused(pod, node.seat.address, "CreateContainerConfigError", str(problem)))
        except (LookupError, *_NO_ANSWER):
            # Spark makes its config maps after the pod that mounts them.
            self._later[uid] = (time.monotonic() + _RETRY_SECONDS, pod)
        else:
            if started is None:
                self._ignored.add(uid)
                return
            with self._lock:
                self._pods[uid] = started

    def _end(self, uid: str, pod: Object) -> None:
        self._later.pop(uid, None)
        running = self._pods.get(uid)
        if running is None:
            self._remove(pod)
            return
        running.pod = pod
        running.ask_to_end(time.monotonic())

    def _forget(self, uid: str) -> None:
        self._later.pop(uid, None)
        self._ignored.discard(uid)
        with self._lock:
            running = self._pods.pop(uid, None)
        if running is not None:
            running.process.kill()
            self._release(running)

    def _look_around(self, now: float) -> None:
        for uid, (due, pod) in list(self._later.items()):
            if now >= due:
                del self._later[uid]
                self._start(uid, pod)
        for running in list(self._pods.values()):
            if running.kill_at is not None and now >= running.kill_at:
                running.process.kill()
            status = running.status()
            if running.told != status["phase"] and self._tell(running.pod, status):
                running.told = status["phase"]
            if not running.process.running():
                self._release(running)
                if running.kill_at is not None:
                    self._remove(running.pod)

    def _name_services(self) -> None:
        """A pod asks for names only some time after its start: soon is early enough."""
        with contextlib.suppress(queue.Empty):
            while True:
                kind, service = self._service_news.get_nowait()
                uid = service["metadata"]["uid"]
                if kind == "DELETED":
                    self._services.pop(uid, None)
                else:
                    self._services[uid] = service
        pods = (
            services.Endpoint(
                one.pod["metadata"]["namespace"], one.pod["metadata"].get("labels", {}), one.seat.address
            )
            for one in self._pods.values()
            if one.process.running()
        )
        named = services.names(self._services.values(), pods)
        if named != self._named:
            self._network.name_services(named)
            self._named = named

    def _release(self, running: RunningPod) -> None:
        if not running.released and not running.pod["spec"].get("hostNetwork"):
            self._network.remove_pod(running.seat)
        running.released = True

    # --- the API server

    def _config_map(self, pod: Object) -> ConfigMaps:
        space = pod["metadata"]["namespace"]

        def read(name: str) -> Mapping[str, str]:
            try:
                return dict(self._api.get(f"/api/v1/namespaces/{space}/configmaps/{name}").get("data", {}))
            except ApiError as problem:
                raise LookupError(f"config map {name}: {problem}") from problem

        return read

    def _tell(self, pod: Object, status: Object) -> bool:
        """Whether the API server knows it now, or the pod is gone."""
        metadata = pod["metadata"]
        path = f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}/status"
        try:
            # The uid: a later pod of the same name is not meant.
            self._api.patch(path, {"metadata": {"uid": metadata["uid"]}, "status": status})
        except ApiError as problem:
            return problem.status in (404, 409)
        except _NO_ANSWER:
            return False
        return True

    def _remove(self, pod: Object) -> None:
        metadata = pod["metadata"]
        options = {"gracePeriodSeconds": 0, "preconditions": {"uid": metadata["uid"]}}
        # When it does not answer the pod is told once more when it does.
        with contextlib.suppress(*_NO_ANSWER):
            self._api.delete(f"/api/v1/namespaces/{metadata['namespace']}/pods/{metadata['name']}", options)
