"""The Helm chart gives what kustomize gives, object by object, and refuses values that make no sense."""

import os
import re
import subprocess
from typing import Any

import pytest
from locus_e2e import rendered, settings
from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import Object

# What each overlay is in values.
_VALUES: dict[str, tuple[str, ...]] = {
    "store": (),
    "agent": ("mode=agent",),
    "existing-scheduler": ("mode=agent", "scheduler.kind=existing"),
}
_VALUES |= {f"{overlay}+tls": (*values, "tls.enabled=true") for overlay, values in _VALUES.items()}
# Of kustomize's name of a config map.
_DIGEST = re.compile(r"-[0-9a-z]{10}$")
# Says in Helm what the digest in the name says in kustomize: the configuration has changed.
_CHECKSUM = "checksum/config"
# Names in which order does not matter to Kubernetes.
_KEYED = {"volumes": "name", "volumeMounts": "mountPath", "env": "name", "ports": "name"}


def _plain(value: Any, key: str = "") -> Any:
    """Without what differs between the tools and means the same."""
    if isinstance(value, dict):
        return {name: _plain(each, name) for name, each in value.items() if name != _CHECKSUM}
    if isinstance(value, list):
        items = [_plain(each) for each in value]
        by = _KEYED.get(key)
        return sorted(items, key=lambda one: one[by]) if by and all(by in one for one in items) else items
    return value


def _by_name(objects: list[Object]) -> dict[tuple[str, str, str], Any]:
    maps = {one["metadata"]["name"] for one in objects if one["kind"] == "ConfigMap"}
    found = {}
    for one in objects:
        if one["kind"] == "ConfigMap":
            one["metadata"]["name"] = _DIGEST.sub("", one["metadata"]["name"])
        for volume in one["spec"]["template"]["spec"]["volumes"] if one in rendered.workloads(objects) else []:
            if volume.get("configMap", {}).get("name") in maps:
                volume["configMap"]["name"] = _DIGEST.sub("", volume["configMap"]["name"])
        metadata = one["metadata"]
        found[one["kind"], metadata.get("namespace", ""), metadata["name"]] = _plain(one)
    return found


def _differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two objects differ, for a person."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            line
            for name in sorted(one.keys() | other.keys())
            for line in _differences(one.get(name), other.get(name), f"{where}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for number, pair in pairs for line in _differences(*pair, f"{where}[{number}]")]
    return [] if one == other else [f"{where}: {one!r} is not {other!r}"]


@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_the_chart_gives_the_objects_of_the_overlay(overlay: str) -> None:
    """All of them and no others. The namespace is Helm's own affair."""
    by_kustomize = _by_name(rendered.installation(overlay))
    del by_kustomize["Namespace", "", rendered.NAMESPACE]
    by_helm = _by_name(rendered.helm(_VALUES[overlay]))
    assert by_helm.keys() == by_kustomize.keys()
    for key, one in by_kustomize.items():
        assert not _differences(by_helm[key], one), key


def test_the_scheduler_is_as_old_as_the_cluster() -> None:
    """It must not be newer than the API server. What a vendor appends is no release."""
    for version in ("1.30.14", "1.33.13-vendor.7"):
        scheduler = rendered.find(rendered.helm(version=version), "Deployment", "locus-scheduler")
        (image,) = [
            one["image"] for one in scheduler["spec"]["template"]["spec"]["containers"]
            if one["name"] == "kube-scheduler"
        ]  # fmt: skip
        assert image == f"registry.k8s.io/kube-scheduler:v{version.partition('-')[0]}"


def test_secrets_have_the_names_that_values_give_them() -> None:
    """Each where it belongs, and nowhere else."""
    names = ("meta", "extender", "worker", "scheduler")
    values = ("tls.enabled=true", *(f"tls.secrets.{name}=my-{name}" for name in names))
    found = {}
    for workload in rendered.workloads(rendered.helm(values)):
        spec = workload["spec"]["template"]["spec"]
        secrets = {one["name"]: one["secret"]["secretName"] for one in spec["volumes"] if "secret" in one}
        for container in spec["containers"]:
            found[container["name"]] = [
                secrets[mount["name"]] for mount in container["volumeMounts"] if mount["name"] in secrets
            ]
    assert found == {
        "locus-meta": ["my-meta"], "locus-extender": ["my-extender"], "locus-worker": ["my-worker"],
        "kube-scheduler": ["my-scheduler"],
    }  # fmt: skip


def test_settings_become_arguments_and_folders_become_volumes() -> None:
    """Those of values that people change."""
    objects = rendered.helm((
        "mode=agent", r"meta.set.alluxio\.masters\.0=master-0:19998", "meta.image.repository=registry.example/meta",
        "worker.agent.folders[0].name=ram", "worker.agent.folders[0].path=/ram",
        "worker.agent.folders[0].readOnly=true",
    ))  # fmt: skip
    (meta,) = rendered.find(objects, "Deployment", "locus-meta")["spec"]["template"]["spec"]["containers"]
    assert meta["image"] == "registry.example/meta:0.1.0"
    assert meta["args"][-1] == "--set=alluxio.masters.0=master-0:19998"
    spec = rendered.find(objects, "DaemonSet", "locus-worker")["spec"]["template"]["spec"]
    folders = [volume["hostPath"] for volume in spec["volumes"] if "hostPath" in volume]
    assert folders == [{"path": "/ram", "type": "Directory"}]
    assert {mount["mountPath"] for mount in spec["containers"][0]["volumeMounts"]} == {"/ram", "/etc/locus"}


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("mode=both", "mode"),
        ("meta.replicas=0", "replicas"),
        ("meta.replica=2", "replica"),
        ("worker.store.user=0", "user"),
        ("scheduler.config=mine.yaml", "config"),
        ("meta.image.tag=a/b", "tag"),
        ("worker.agent.folders[0].path=relative", "path"),
        ("tls.enabled=yes", "enabled"),
        ("tls.secrets.worker=Not_A_Name", "worker"),
        ("tls.secret.worker=mine", "secret"),
    ],
)
def test_values_that_make_no_sense_are_refused_by_name(value: str, field: str) -> None:
    """By values.schema.json, before anything is made of them."""
    done = subprocess.run(
        [settings.kube_tool("helm"), "template", "locus", rendered.CHART, "--set", value],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and field in done.stderr and "schema" in done.stderr, done.stderr


def test_a_release_comes_and_goes(control: ControlPlane) -> None:
    """On a real API server, in a namespace of another name; the scheduler's lease is there too."""
    space = "helm-elsewhere"

    def run(*words: str) -> None:
        environment = {**os.environ, "KUBECONFIG": str(control.kubeconfig)}
        done = subprocess.run(
            [settings.kube_tool("helm"), *words, "--namespace", space],
            capture_output=True, text=True, timeout=120, check=False, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    run("install", "locus", str(rendered.CHART), "--create-namespace")
    config = control.api.get(f"/api/v1/namespaces/{space}/configmaps/locus-scheduler-config")["data"]
    for name in ("kube-scheduler-config.yaml", "kube-scheduler-config-waiting.yaml"):
        assert f"resourceNamespace: {space}\n" in config[name]
    subjects = control.api.get("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/locus-extender")["subjects"]
    assert subjects == [{"kind": "ServiceAccount", "name": "locus-scheduler", "namespace": space}]
    run("uninstall", "locus", "--wait=legacy")
    for kind in ("deployments", "daemonsets"):
        assert not control.api.get(f"/apis/apps/v1/namespaces/{space}/{kind}")["items"]
    roles = control.api.get("/apis/rbac.authorization.k8s.io/v1/clusterroles")["items"]
    assert not [role for role in roles if role["metadata"]["name"].startswith("locus")]
