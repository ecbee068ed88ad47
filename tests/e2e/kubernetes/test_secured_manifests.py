"""docs/security.md, the certificates of the example for cert-manager, and the manifests: they must fit each other."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from locus_e2e import manifest_pod, rendered, settings
from locus_e2e.certificates import Authority
from locus_e2e.kube_api import Object

_PAGE = (settings.ROOT / "docs" / "security.md").read_text()
# What cert-manager writes into a Secret: github.com/cert-manager/cert-manager, TLSCAKey in pkg/apis/meta/v1/types.go,
# and the keys that Kubernetes asks of the type kubernetes.io/tls.
_KEYS = {"tls.crt", "tls.key", "ca.crt"}
# Where the page has these files.
_FOLDER = "/etc/locus/tls"
_SCHEDULER_FOLDER = "/etc/locus-scheduler"
_TOKENS = "/etc/locus/tokens/tokens"
_ACCOUNT_TOKEN = "/var/run/secrets/locus/token"
_PARTS = {"meta": "locus-meta", "extender": "locus-extender", "worker": "locus-worker"}


def _certificates() -> dict[str, Object]:
    """Name -> spec, of those that a part shows."""
    text = (rendered.MANIFESTS / "examples" / "cert-manager" / "certificates.yaml").read_text()
    return {one["metadata"]["name"]: one["spec"] for one in yaml.safe_load_all(text)}


def _configurations() -> dict[str, Object]:
    """Of each program what the page adds to its file."""
    blocks = re.findall(r"^```yaml\n# (\w+)\.yaml\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == ["extender", "meta", "worker"]
    return {name: yaml.safe_load(text) for name, text in blocks}


def _scheduler() -> Object:
    (text,) = re.findall(r"^```yaml\n(extenders:\n.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    (extender,) = yaml.safe_load(text)["extenders"]
    return dict(extender)


def _names(certificate: Object) -> set[str]:
    return {*certificate["dnsNames"], *certificate.get("ipAddresses", [])}


def _host(target: str) -> str:
    return target.removeprefix("https://").rpartition(":")[0]


def _over(base: Any, added: Any) -> Any:
    """`base` with what `added` says."""
    if not isinstance(base, dict) or not isinstance(added, dict):
        return added
    return {**base, **{key: _over(base.get(key), value) for key, value in added.items()}}


def _arguments(objects: list[Object], container: str) -> dict[str, str]:
    """What --set says there."""
    (words,) = [
        one["args"] for workload in rendered.workloads(objects) for one in manifest_pod.containers(workload)
        if one["name"] == container
    ]  # fmt: skip
    pairs = [word.removeprefix("--set=").split("=", 1) for word in words if word.startswith("--set=")]
    return {name: value.replace("$(POD_NAMESPACE)", rendered.NAMESPACE) for name, value in pairs}


def test_the_page_names_the_files_that_the_secrets_hold() -> None:
    """By their names; those of the Secret that the page makes by openssl too."""
    found = set(re.findall(rf"{re.escape(_FOLDER)}/([\w.]+)", _PAGE))
    assert found == _KEYS
    assert set(re.findall(rf"{re.escape(_SCHEDULER_FOLDER)}/([\w.]+)", _PAGE)) == _KEYS
    (secret,) = re.findall(r"create secret generic (\S+)((?:.|\n)*?)^```", _PAGE, re.MULTILINE)
    assert set(re.findall(r"--from-file=([\w.]+)=", secret[1])) == _KEYS
    certificates = _certificates()
    assert {name: one["secretName"] for name, one in certificates.items()} == {
        name: f"{name}-tls" for name in (*_PARTS.values(), "kube-scheduler", "locusctl")
    }
    assert secret[0] == certificates["locus-meta"]["secretName"]


@pytest.mark.parametrize("overlay", rendered.OVERLAYS)
def test_certificates_have_the_names_by_which_their_owners_are_dialled(overlay: str) -> None:
    """A client checks server_name, or else the host of its target, which the manifests' arguments decide."""
    objects, pages, certificates = rendered.kustomize(f"overlays/{overlay}"), _configurations(), _certificates()
    for client, section in (("extender", "metadata"), ("worker", "report")):
        own = _arguments(objects, _PARTS[client])
        said, names = pages[client][section], _names(certificates["locus-meta"])
        assert _host(said["target"]) in names, client
        # Addresses have no name.
        dialled = "" if own.get(f"{section}.every_address") == "true" else _host(own[f"{section}.target"])
        assert said["tls"].get("server_name", dialled) in names, client
    assert pages["extender"]["warm_up"]["tls"]["server_name"] in _names(certificates["locus-worker"])
    extender = _scheduler()
    assert _host(extender["urlPrefix"]) in _names(certificates["locus-extender"])
    # Where it is asked on loopback, as the manifests have it.
    assert "127.0.0.1" in _names(certificates["locus-extender"])


def test_certificates_have_every_name_of_their_services() -> None:
    """Those that lead to any replica: short, with the namespace, and in full."""
    objects, certificates = rendered.kustomize("overlays/store"), _certificates()
    services = [one for one in objects if one["kind"] == "Service" and one["spec"].get("clusterIP") != "None"]
    assert services
    for one in services:
        name, space = one["metadata"]["name"], one["metadata"]["namespace"]
        owner = one["spec"]["selector"]["app.kubernetes.io/name"]
        assert {name, f"{name}.{space}", f"{name}.{space}.svc"} <= _names(certificates[owner])


def test_certificates_are_for_the_namespace_of_the_manifests() -> None:
    """A Secret is mounted by pods of its own namespace alone."""
    folder = rendered.MANIFESTS / "examples" / "cert-manager"
    objects = [one for path in folder.glob("*.yaml") for one in yaml.safe_load_all(path.read_text())]
    assert {one["metadata"]["namespace"] for one in objects} == {rendered.NAMESPACE}
    issuers = {one["metadata"]["name"]: one["spec"] for one in objects if one["kind"] == "Issuer"}
    made = {one["spec"]["secretName"]: one["spec"] for one in objects if one["kind"] == "Certificate"}
    for spec in made.values():
        assert spec["issuerRef"]["kind"] == "Issuer" and spec["issuerRef"]["name"] in issuers
    assert made[issuers["locus"]["ca"]["secretName"]]["isCA"] is True


@pytest.fixture
def secured(tmp_path: Path) -> list[Object]:
    """The overlay, with what the page says in its config maps, and files with the certificates' names."""
    objects, certificates = rendered.kustomize("overlays/store"), _certificates()
    authority = Authority(tmp_path / "authority")
    for name, added in _configurations().items():
        part = _PARTS[name]
        folder = tmp_path / part
        folder.mkdir()
        spec = certificates[part]
        kinds = [f"DNS:{one}" for one in spec["dnsNames"]] + [f"IP:{one}" for one in spec.get("ipAddresses", [])]
        pair = authority.issue(part, ",".join(kinds))
        for key, source in (("tls.crt", pair.certificate), ("tls.key", pair.key), ("ca.crt", authority.certificate)):
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
