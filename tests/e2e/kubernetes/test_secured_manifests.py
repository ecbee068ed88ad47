"""docs/security.md, the certificates of the example for cert-manager, and the component tls fit each other."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from locus_e2e import manifest_pod, rendered, settings, tls_secrets
from locus_e2e.certificates import Authority
from locus_e2e.kube_api import Object

_PAGE = (settings.ROOT / "docs" / "security.md").read_text()
# Where the page and the component have the files of a Secret.
_FOLDER = "/etc/locus-tls"
_TOKENS = "/etc/locus/tokens/tokens"
_ACCOUNT_TOKEN = "/var/run/secrets/locus/token"
_PARTS = {"meta": "locus-meta", "extender": "locus-extender", "worker": "locus-worker"}
# What a client dials -> whose certificate it meets. An agent has no such port.
_SERVERS = {
    ("locus-extender", "metadata"): "locus-meta",
    ("locus-extender", "warm_up"): "locus-worker",
    ("locus-worker", "report"): "locus-meta",
}
_SCHEDULER_FILES = ("kube-scheduler-config", "kube-scheduler-config-waiting")


def _configurations() -> dict[str, Object]:
    """Of each program what the page adds to its file."""
    blocks = re.findall(r"^```yaml\n# (\w+)\.yaml\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == ["extender", "meta", "worker"]
    return {name: yaml.safe_load(text) for name, text in blocks}


def _scheduler() -> Object:
    (text,) = re.findall(r"^```yaml\n(extenders:\n.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    (extender,) = yaml.safe_load(text)["extenders"]
    return dict(extender)


def _scheduler_file(name: str) -> Object:
    return dict(yaml.safe_load((rendered.MANIFESTS / "scheduler" / f"{name}.yaml").read_text()))


def _over(base: Any, added: Any) -> Any:
    """`base` with what `added` says."""
    if not isinstance(base, dict) or not isinstance(added, dict):
        return added
    return {**base, **{key: _over(base.get(key), value) for key, value in added.items()}}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """As --set writes it."""
    if not isinstance(value, dict):
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
        return
    for key, each in value.items():
        yield from _flat(each, f"{path}.{key}" if path else key)


def _container(objects: list[Object], name: str) -> Object:
    (found,) = [
        one for workload in rendered.workloads(objects) for one in manifest_pod.containers(workload)
        if one["name"] == name
    ]  # fmt: skip
    return found


def _arguments(objects: list[Object], container: str) -> dict[str, str]:
    """What --set says there."""
    words = _container(objects, container)["args"]
    return dict(word.removeprefix("--set=").split("=", 1) for word in words if word.startswith("--set="))


def _mounted(objects: list[Object]) -> set[str]:
    """Secrets of all pods."""
    pods = [workload["spec"]["template"]["spec"] for workload in rendered.workloads(objects)]
    return {one["secret"]["secretName"] for pod in pods for one in pod["volumes"] if "secret" in one}


def test_the_page_and_the_example_make_the_secrets_that_the_component_mounts() -> None:
    """By their names, with the files that settings name; one more is for people."""
    assert set(re.findall(rf"{re.escape(_FOLDER)}/([\w.]+)", _PAGE)) == set(tls_secrets.KEYS)
    assert set(re.findall(r"--from-file=([\w.]+)=", _PAGE)) == set(tls_secrets.KEYS)
    (listed,) = re.findall(r"^for name in (.*); do\n.*create secret generic \"\$name-tls\"", _PAGE, re.MULTILINE)
    mounted = _mounted(rendered.installation("store+tls"))
    assert {f"{name}-tls" for name in listed.split()} == mounted
    assert {one["secretName"] for one in tls_secrets.certificates().values()} == mounted | {"locusctl-tls"}
    # Where the cluster's own kube-scheduler reads files of its node.
    assert _mounted(rendered.installation("existing-scheduler+tls")) == mounted - {"kube-scheduler-tls"}


def test_openssl_and_cert_manager_make_certificates_of_the_same_names() -> None:
    """Those of the page's function `issue`, those of the example."""
    found = {
        name: {kind.partition(":")[2] for kind in kinds.split(",")}
        for name, kinds in re.findall(r"^issue (\S+) +(\S+)$", _PAGE, re.MULTILINE)
    }
    assert found == {name: set(tls_secrets.names_of(one)) for name, one in tls_secrets.certificates().items()}


@pytest.mark.parametrize("overlay", rendered.SECURED)
def test_certificates_have_the_names_by_which_their_owners_are_dialled(overlay: str) -> None:
    """A client checks server_name, which holds in any namespace; kube-scheduler the host that it dials."""
    objects, certificates = rendered.installation(overlay), tls_secrets.certificates()
    for (client, section), server in _SERVERS.items():
        names = tls_secrets.names_of(certificates[server])
        assert _arguments(objects, client)[f"{section}.tls.server_name"] in names, client
    for name in _SCHEDULER_FILES:
        (extender,) = _scheduler_file(f"{name}-tls")["extenders"]
        host = extender["urlPrefix"].removeprefix("https://").rpartition(":")[0]
        assert host in tls_secrets.names_of(certificates["locus-extender"])


def test_certificates_have_every_name_of_their_services() -> None:
    """Those that lead to any replica: short, with the namespace, and in full."""
    objects, certificates = rendered.kustomize("overlays/store"), tls_secrets.certificates()
    services = [one for one in objects if one["kind"] == "Service" and one["spec"].get("clusterIP") != "None"]
    assert services
    for one in services:
        name, space = one["metadata"]["name"], one["metadata"]["namespace"]
        owner = one["spec"]["selector"]["app.kubernetes.io/name"]
        assert {name, f"{name}.{space}", f"{name}.{space}.svc"} <= set(tls_secrets.names_of(certificates[owner]))


def test_certificates_are_for_the_namespace_of_the_manifests() -> None:
    """A Secret is mounted by pods of its own namespace alone."""
    objects = [one for path in tls_secrets.EXAMPLE.glob("*.yaml") for one in yaml.safe_load_all(path.read_text())]
    assert {one["metadata"]["namespace"] for one in objects} == {rendered.NAMESPACE}
    issuers = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "Issuer"}
    made = {one["spec"]["secretName"]: one["spec"] for one in objects if one["kind"] == "Certificate"}
    for spec in made.values():
        assert spec["issuerRef"]["kind"] == "Issuer" and spec["issuerRef"]["name"] in issuers
    assert made[issuers["locus"]["ca"]["secretName"]]["isCA"] is True


@pytest.mark.parametrize("part", _PARTS)
@pytest.mark.parametrize("overlay", rendered.OVERLAYS)
def test_the_component_sets_what_the_page_says(overlay: str, part: str) -> None:
    """All of that, and nothing else."""
    plain, secured = rendered.installation(overlay), rendered.installation(f"{overlay}+tls")
    before, after = (_arguments(objects, _PARTS[part]) for objects in (plain, secured))
    assert before.items() <= after.items()
    added = {name: value for name, value in after.items() if name not in before}
    said = dict(_flat(_configurations()[part]))
    assert added == {name: value for name, value in said.items() if ".tls." in name or ".identity." in name}


@pytest.mark.parametrize("overlay", rendered.SECURED)
def test_every_file_that_an_argument_names_is_mounted(overlay: str) -> None:
    """Read-only, in the container that has the argument."""
    for workload in rendered.workloads(rendered.installation(overlay)):
        for container in manifest_pod.containers(workload):
            mounts = {mount["mountPath"] for mount in container["volumeMounts"] if mount.get("readOnly")}
            named = [re.fullmatch(r"--set=\S+_file=(/\S+)/[^/]+", word) for word in container.get("args", [])]
            assert {match[1] for match in named if match} <= mounts, container["name"]


@pytest.mark.parametrize("name", _SCHEDULER_FILES)
def test_kube_schedulers_configuration_differs_in_tls_alone(name: str) -> None:
    """As the page has it."""
    plain, secured = _scheduler_file(name), _scheduler_file(f"{name}-tls")
    (before,), (after,) = plain.pop("extenders"), secured.pop("extenders")
    assert secured == plain
    assert after == {**before, **_scheduler()}


@pytest.fixture
def secured(tmp_path: Path) -> list[Object]:
    """The overlay, with what the page says in its config maps, and files with the certificates' names."""
    objects = rendered.kustomize("overlays/store")
    authority = Authority(tmp_path / "authority")
    for name, added in _configurations().items():
        part = _PARTS[name]
        folder = tmp_path / part
        folder.mkdir()
        for key, source in tls_secrets.files(authority, part).items():
            (folder / key).write_bytes(source.read_bytes())
        (folder / "tokens").write_text("0123456789abcdef\n")
        data = rendered.find(objects, "ConfigMap", f"{part}-config")["data"]
        text = yaml.safe_dump(_over(yaml.safe_load(data[f"{name}.yaml"]), added))
        for path, real in ((_TOKENS, folder / "tokens"), (_ACCOUNT_TOKEN, folder / "tokens"), (_FOLDER, folder)):
            text = text.replace(path, str(real))
        data[f"{name}.yaml"] = text
    return objects


@pytest.mark.parametrize("name", _PARTS)
def test_programs_take_what_the_page_says_with_the_arguments_of_the_manifests(
    secured: list[Object], name: str, tmp_path: Path
) -> None:
    """--check, which names every problem of a configuration."""
    programs = settings.programs()
    program = {"meta": programs.meta, "extender": programs.extender, "worker": programs.worker}[name]
    (workload,) = [
        one for one in rendered.workloads(secured)
        if _PARTS[name] in [container["name"] for container in one["spec"]["template"]["spec"]["containers"]]
    ]  # fmt: skip
    pod = manifest_pod.pod_of(workload, workload["metadata"]["name"], "node-1")
    found = manifest_pod.arguments(secured, pod, _PARTS[name], tmp_path / "pod")
    done = subprocess.run([program, *found.words, "--check"], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
