"""Nodes and worker pods as locus-meta lists them, against a real API server and another client's view of it."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from locus_e2e import settings
from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import MERGE, Object

_NAMESPACE = "kube-directory"
_SELECTOR = "app in (alluxio),role=alluxio-worker"
_NODES = 12


def _dump(kubeconfig: Path, *hosts: str, page_size: int = 5) -> Any:
    program = settings.test_program("integration/alluxio_meta/kube_directory_dump")
    said = subprocess.run(
        [program, kubeconfig, _SELECTOR, str(page_size), *hosts], capture_output=True, text=True, timeout=60, check=True
    )
    return json.loads(said.stdout)


def _node(number: int) -> Object:
    name = f"dir-{number}.rack.test"
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": f"dir-{number}"}},
        "status": {"addresses": [
            {"type": "InternalIP", "address": f"10.77.0.{number + 1}"},
            {"type": "InternalIP", "address": f"fd77::{number + 1}"},
            {"type": "Hostname", "address": f"Dir-{number}.Corp.Test"},
        ]},
    }  # fmt: skip


def _pod(number: int, labels: dict[str, str], **spec: Any) -> Object:
    containers = [{"name": "worker", "image": "none"}]
    return {
        "metadata": {"name": f"alluxio-worker-{number}", "labels": labels},
        "spec": {"nodeName": f"dir-{number}.rack.test", "containers": containers, **spec},
    }


@pytest.fixture(scope="module")
def objects(control: ControlPlane) -> Iterator[None]:
    """Twelve nodes; on eight of them a worker pod, two of which are over; one pod that is no worker's."""
    api = control.api
    pods = f"/api/v1/namespaces/{_NAMESPACE}/pods"
    worker = {"app": "alluxio", "role": "alluxio-worker"}
    made = []
    try:
        api.post("/api/v1/namespaces", {"metadata": {"name": _NAMESPACE}})
        for number in range(_NODES):
            api.post("/api/v1/nodes", _node(number))
            made.append(f"/api/v1/nodes/dir-{number}.rack.test")
        for number in range(8):
            api.post(pods, _pod(number, worker, hostname=f"w-{number}", subdomain="workers"))
            made.append(f"{pods}/alluxio-worker-{number}")
            ip = f"10.78.0.{number + 1}"
            phase = "Failed" if number >= 6 else "Running"
            status = {"phase": phase, "podIP": ip, "podIPs": [{"ip": ip}, {"ip": f"fd78::{number + 1}"}]}
            api.patch(f"{pods}/alluxio-worker-{number}/status", {"status": status}, MERGE)
        api.post(pods, _pod(9, {"app": "alluxio", "role": "alluxio-master"}))
        made.append(f"{pods}/alluxio-worker-9")
        yield
    finally:
        for path in reversed(made):
            api.delete(path, {"gracePeriodSeconds": 0})


def test_the_directory_is_what_another_client_sees(control: ControlPlane, objects: None) -> None:
    """Page by page, and from the first node to the last."""
    told = _dump(control.kubeconfig)
    assert told["problem"] == ""
    expected = [
        {
            "name": node["metadata"]["name"],
            "hostname": node["metadata"].get("labels", {}).get("kubernetes.io/hostname", ""),
            "addresses": [[a["type"], a["address"]] for a in node["status"].get("addresses", [])],
        }
        for node in control.api.get("/api/v1/nodes")["items"]
    ]
    assert len(expected) >= _NODES
    assert told["nodes"] == sorted(expected, key=lambda node: node["name"])

    listed = control.api.get("/api/v1/pods?labelSelector=app%3Dalluxio%2Crole%3Dalluxio-worker")["items"]
    running = [pod for pod in listed if pod["status"]["phase"] == "Running"]
    assert (len(listed), len(running)) == (8, 6)
    assert told["pods"] == sorted(
        (
            {
                "namespace": pod["metadata"]["namespace"],
                "name": pod["metadata"]["name"],
                "node": pod["spec"]["nodeName"],
                "ips": [entry["ip"] for entry in pod["status"]["podIPs"]],
                "hostname": pod["spec"]["hostname"],
                "subdomain": pod["spec"]["subdomain"],
            }
            for pod in running
        ),
        key=lambda pod: pod["name"],
    )
    assert _dump(control.kubeconfig, page_size=500) == told


def test_hosts_are_matched_to_real_nodes(control: ControlPlane, objects: None) -> None:
    """One host of each shape."""
    shapes = {
        "dir-0.rack.test": ("dir-0.rack.test", "node name"),
        "dir-1": ("dir-1.rack.test", "hostname label"),
        "10.77.0.3": ("dir-2.rack.test", "node address"),
        "[FD77::4]": ("dir-3.rack.test", "node address"),
        "dir-4.corp.test.": ("dir-4.rack.test", "node address"),
        "10.78.0.6": ("dir-5.rack.test", "pod address"),
        "alluxio-worker-1": ("dir-1.rack.test", "pod name"),
        f"w-2.workers.{_NAMESPACE}.svc.cluster.local": ("dir-2.rack.test", "pod name"),
        f"10-78-0-4.workers.{_NAMESPACE}.svc.cluster.local": ("dir-3.rack.test", "dashed pod address"),
        "dir-11.rack": ("dir-11.rack.test", "short name"),
        # A pod that is over has given its address back.
        "10.78.0.7": ("", ""),
        "vm.elsewhere.test": ("", ""),
    }
    told = _dump(control.kubeconfig, *shapes)
    assert {host: tuple(match) for host, match in told["matches"].items()} == shapes


def test_refusals_say_what_to_do(control: ControlPlane, tmp_path: Path) -> None:
    """A token that the server does not know, and a user who may not list."""
    config = yaml.safe_load(control.kubeconfig.read_text())
    path = tmp_path / "kubeconfig"

    def problem(user: Object) -> str:
        path.write_text(yaml.safe_dump({**config, "users": [{"name": "admin", "user": user}]}))
        told = _dump(path)
        assert (told["nodes"], told["pods"]) == ([], [])
        return str(told["problem"])

    unknown = problem({"token": "nobody"})
    assert "answered 401 (Unauthorized): it does not know us; check token and client certificate" in unknown
    forbidden = problem({})
    assert 'answered 403 (nodes is forbidden: User "system:anonymous" cannot list resource "nodes"' in forbidden
    assert "bind a ClusterRole with `list` on `nodes` and `pods` to this user" in forbidden
