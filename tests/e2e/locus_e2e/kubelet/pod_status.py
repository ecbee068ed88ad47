"""What a kubelet writes into a pod's status."""

from datetime import UTC, datetime

from locus_e2e.kube_api import Object


def now() -> str:
    """As the API server writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def running(pod: Object, address: str, node_address: str, process: int, since: str) -> Object:
    """Started and ready."""
    state = {"running": {"startedAt": since}}
    return {
        "phase": "Running",
        "hostIP": node_address,
        "hostIPs": [{"ip": node_address}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "startTime": since,
        "conditions": _conditions("True", ("Initialized", "ContainersReady", "Ready")),
        "containerStatuses": [_container(pod, process, state, ready=True)],
    }


def ended(pod: Object, process: int, since: str, status: int) -> Object:
    """`status`: as a process ends, negative for a signal."""
    code = status if status >= 0 else 128 - status
    told = {
        "exitCode": code,
        "reason": "Completed" if code == 0 else "Error",
        "startedAt": since,
        "finishedAt": now(),
        "containerID": f"process://{process}",
    }
    return {
        "phase": "Succeeded" if code == 0 else "Failed",
        "conditions": _conditions("False", ("ContainersReady", "Ready")),
        "containerStatuses": [_container(pod, process, {"terminated": told}, ready=False)],
    }


def refused(pod: Object, node_address: str, reason: str, text: str) -> Object:
    """A container that cannot be started; the pod stays pending."""
    (container, *_) = pod["spec"]["containers"]
    waiting = {"waiting": {"reason": reason, "message": text}}
    return {
        "phase": "Pending",
        "hostIP": node_address,
        "containerStatuses": [
            {"name": container["name"], "image": container["image"], "imageID": "", "ready": False, "restartCount": 0,
             "state": waiting},
        ],
    }  # fmt: skip


def _container(pod: Object, process: int, state: Object, ready: bool) -> Object:
    (container, *_) = pod["spec"]["containers"]
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "process",
        "containerID": f"process://{process}",
        "restartCount": 0,
        "ready": ready,
        "started": ready,
        "state": state,
    }


def _conditions(status: str, kinds: tuple[str, ...]) -> list[Object]:
    return [{"type": kind, "status": status, "lastTransitionTime": now()} for kind in kinds]
