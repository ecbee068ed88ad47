"""The manifests are what API servers of every version take, and what our own programs take."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from locus_e2e import manifest_pod, rendered, session, settings, tls_secrets
from locus_e2e.certificates import Authority
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import Applier, installed
from locus_e2e.kube_api import ApiError, Object

_STRICT = "manifests-strict"


def _named(objects: list[Object]) -> set[str]:
    return {f"{one['kind']}/{one['metadata']['name']}" for one in objects}


@session.every_version
@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_every_object_is_applied_and_comes_back_unchanged(control: ControlPlane, overlay: str) -> None:
    """With strict validation: an unknown or doubled field is an error. What is applied again changes nothing."""
    objects = rendered.installation(overlay)
    with installed(control, objects) as applier:
        for one in objects:
            there = control.api.get(applier.path(one))
            _is_within(_spec_of(one), _spec_of(there), f"{one['kind']}/{one['metadata']['name']}")
            again = applier.apply(one)
            assert again["metadata"].get("resourceVersion") == there["metadata"].get("resourceVersion")


def test_a_field_that_does_not_exist_is_refused(control: ControlPlane) -> None:
    """So the test above can fail."""
    service = rendered.find(rendered.kustomize("overlays/store"), "Service", "locus-meta")
    service["spec"]["prots"] = []
    Applier(control.api).apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": rendered.NAMESPACE}})
    with pytest.raises(ApiError, match="prots"):
        Applier(control.api).apply(service)


@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_overlays_differ_in_what_they_say_they_do(overlay: str) -> None:
    """Who is there, and who is not."""
    names = _named(rendered.installation(overlay))
    assert {"Deployment/locus-meta", "DaemonSet/locus-worker", "Service/locus-meta-headless"} <= names
    own_scheduler = not overlay.startswith("existing-scheduler")
    assert ("Deployment/locus-scheduler" in names) == own_scheduler
    assert ("ServiceAccount/locus-scheduler" in names) == own_scheduler
    assert ("DaemonSet/locus-extender" in names) != own_scheduler


@session.every_version
@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_pods_pass_the_strictest_level_of_pod_security_but_for_what_workers_need(
    control: ControlPlane, overlay: str
) -> None:
    """As the API server's own admission judges them: non-root, no capabilities, seccomp, no escalation."""
    objects = rendered.installation(overlay)
    enforce = {"pod-security.kubernetes.io/enforce": "restricted"}
    _namespace(control, _STRICT, enforce)
    priority = rendered.find(objects, "PriorityClass", "locus")
    on_the_nodes_network = {"host namespaces", "hostPort"}
    needs = {
        "locus-worker": on_the_nodes_network | {"restricted volume types"},
        "locus-extender": on_the_nodes_network,
    }
    if overlay.startswith("store"):
        # The container that gives the tiers to the worker.
        needs["locus-worker"] |= {"unrestricted capabilities", "runAsNonRoot != true", "runAsUser=0"}
    with installed(control, [priority]):
        for workload in rendered.workloads(objects):
            name = workload["metadata"]["name"]
            said = _create_dry(control, _STRICT, manifest_pod.pod_of(workload, name, "any"))
            assert _violations(said) == needs.get(name, set()), said


@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_every_container_is_confined_and_watched(overlay: str) -> None:
    """What Pod Security does not ask for."""
    for workload in rendered.workloads(rendered.installation(overlay)):
        spec = workload["spec"]["template"]["spec"]
        annotations = workload["spec"]["template"]["metadata"]["annotations"]
        ports = {str(port["containerPort"]) for one in spec["containers"] for port in one.get("ports", [])}
        assert annotations["prometheus.io/scrape"] == "true" and annotations["prometheus.io/port"] in ports
        assert spec["priorityClassName"] == "locus" and spec["terminationGracePeriodSeconds"] >= 10
        for container in manifest_pod.containers(workload):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
            assert "memory" in container["resources"]["limits"]
            # Never the moving tag.
            assert container["image"].rpartition(":")[2] not in ("", "latest", container["image"])
        for container in spec["containers"]:
            assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
            assert {"startupProbe", "readinessProbe"} <= container.keys()
        if workload["kind"] == "Deployment":
            assert workload["spec"]["replicas"] == 2
            assert {one["topologyKey"] for one in spec["topologySpreadConstraints"]} >= {"kubernetes.io/hostname"}


@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_our_programs_take_the_files_and_arguments_that_pods_get(overlay: str, tmp_path: Path) -> None:
    """--check, which names every problem of a configuration."""
    secrets = tls_secrets.secrets(Authority(tmp_path / "authority"))
    objects = [*secrets, *rendered.installation(overlay)]
    programs = settings.programs()
    known = {"locus-meta": programs.meta, "locus-worker": programs.worker, "locus-extender": programs.extender}
    checked = set()
    for workload in rendered.workloads(objects):
        pod = manifest_pod.pod_of(workload, workload["metadata"]["name"], "node-1")
        for container in pod["spec"]["containers"]:
            if container["name"] not in known:
                continue
            found = manifest_pod.arguments(objects, pod, container["name"], tmp_path / container["name"])
            done = subprocess.run(
                [known[container["name"]], *found.words, "--check"], capture_output=True, text=True, timeout=30,
                check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{found.words}: {done.stderr}"
            checked.add(container["name"])
    assert checked == known.keys()


def test_config_maps_hold_the_shipped_files() -> None:
    """One text rules: that of manifests/config and manifests/scheduler."""
    objects = rendered.kustomize("overlays/agent")
    for name, folder, files in (
        ("locus-meta-config", "config", ("meta.yaml", "meta-alluxio.yaml")),
        ("locus-extender-config", "config", ("extender.yaml",)),
        ("locus-worker-config", "config", ("worker.yaml", "agent.yaml")),
        (
            "locus-scheduler-config",
            "scheduler",
            (
                *("kube-scheduler-config.yaml", "kube-scheduler-config-waiting.yaml"),
                *("kube-scheduler-config-tls.yaml", "kube-scheduler-config-waiting-tls.yaml"),
                "scheduler.conf",
            ),
        ),
    ):
        data = rendered.find(objects, "ConfigMap", name)["data"]
        assert data == {file: (rendered.MANIFESTS / folder / file).read_text() for file in files}


def test_workers_report_to_every_replica_that_answers_or_may_soon(control: ControlPlane) -> None:
    """The name that they are given is that of a Service without an address of its own."""
    objects = rendered.kustomize("overlays/store")
    service = rendered.find(objects, "Service", "locus-meta-headless")["spec"]
    assert service["clusterIP"] == "None" and service["publishNotReadyAddresses"] is True
    assert service["selector"] == {
        "app.kubernetes.io/name": "locus-meta"
    } and service["selector"].items() <= rendered.find(objects, "Deployment", "locus-meta")["spec"]["template"][
        "metadata"
    ]["labels"].items()
    worker = rendered.find(objects, "DaemonSet", "locus-worker")
    words = worker["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--set=report.target=locus-meta-headless.$(POD_NAMESPACE).svc:8910" in words
    assert "--set=report.every_address=true" in words
    # Alluxio's clients have sessions, each with one replica.
    assert rendered.find(objects, "Service", "locus-meta")["spec"]["sessionAffinity"] == "ClientIP"


def _namespace(control: ControlPlane, name: str, labels: dict[str, str]) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    Applier(control.api).apply(namespace)


def _create_dry(control: ControlPlane, namespace: str, pod: Object) -> str:
    """What the API server has against it; empty: nothing."""
    pod["metadata"]["namespace"] = namespace
    # Placed pods are not judged less.
    del pod["spec"]["nodeName"]
    try:
        control.api.post(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)
    except ApiError as problem:
        assert problem.status == 403, problem
        return str(problem)
    return ""


def _violations(said: str) -> set[str]:
    """As in `... violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true), hostPort (...)`."""
    if not said:
        return set()
    message = json.loads(said.partition(": ")[2])["message"]
    _, found, listed = message.partition('violates PodSecurity "restricted:latest": ')
    assert found, said
    return set(re.sub(r"\s*\(([^()]|\([^()]*\))*\)", "", listed).split(", "))


def _spec_of(one: Object) -> Object:
    return {key: value for key, value in one.items() if key not in ("metadata", "status")}


def _is_within(wanted: object, found: object, where: str) -> None:
    """All that was written is there; the server adds defaults."""
    if isinstance(wanted, dict):
        assert isinstance(found, dict), where
        for key, value in wanted.items():
            # An empty map or list is the same as none.
            if value not in ({}, [], "", None):
                assert key in found, f"{where}.{key}"
                _is_within(value, found[key], f"{where}.{key}")
    elif isinstance(wanted, list):
        assert isinstance(found, list) and len(found) == len(wanted), where
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            _is_within(one, other, f"{where}[{number}]")
    else:
        assert found == wanted, where
