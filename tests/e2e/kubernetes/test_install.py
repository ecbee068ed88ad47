"""docs/install.md, followed literally by the tools that it names: from nothing to a pod on its data, and back; and the
same with TLS as docs/security.md has it. Their port-forwards are not: they need kubelets that run containers, and none
are here."""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from locus_e2e import cluster, guide, rendered, settings
from locus_e2e.cluster import Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.guide import Guide
from locus_e2e.installed import Applier, installed
from locus_e2e.kube_api import ApiError, Object
from locus_e2e.manifest_cluster import ManifestCluster
from locus_e2e.ports import free_port
from locus_e2e.processes import Processes

_PAGE = settings.ROOT / "docs" / "install.md"
_SECURITY = settings.ROOT / "docs" / "security.md"
_MIB = 1 << 20
_NODES = {f"node-{number}": f"127.0.0.{20 + number}" for number in (1, 2, 3)}
# The others have no worker.
_HOLDER = "node-2"
_DATA = "/warehouse/events"
_SECONDS = 240
# Of locusctl: what it shows and trusts.
_WITHOUT = "-u LOCUS_CA -u LOCUS_CERT -u LOCUS_KEY -u LOCUS_SERVER_NAME"
_TLS_VOLUMES = {"tls": "/etc/locus-tls", "node-proof": "/var/run/secrets/locus"}
# For what is no block of its own.
_HELM_WORDS = re.compile(r"With Helm: `(--set [^`]*)`")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What a reader has, with the files that the page tells to write."""
    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "manifests").symlink_to(rendered.MANIFESTS)
    for name, text in guide.read(_PAGE).files.items():
        path = tmp_path / "checkout" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path / "checkout"


@pytest.fixture
def own_control(run_folder: Path) -> Iterator[ControlPlane]:
    """A control plane that nothing else uses: a namespace that is deleted stays half deleted, as its controller is
    missing here."""
    binary = settings.kubeplane()
    assert binary is not None
    with tempfile.TemporaryDirectory(dir=run_folder) as folder, Processes(Path(folder)) as processes:
        yield ControlPlane(binary, Path(folder) / "kube", processes)


def _environment(control: ControlPlane, ports: tuple[int, int], scheme: str) -> Mapping[str, str]:
    tools = f"{settings.kube_tool('kubectl').parent}:{settings.programs().locusctl.parent}"
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LOCUS_")},
        "PATH": f"{tools}:{os.environ['PATH']}",
        "KUBECONFIG": str(control.kubeconfig),
        "REGISTRY": "registry.example/locus",
        "NODES": _HOLDER,
        "KUBERNETES": "v1.36.3",
        "DATA": _DATA,
        "LOCUS_META": f"127.0.0.1:{ports[0]}",
        "LOCUS_EXTENDER": f"{scheme}://127.0.0.1:{ports[1]}",
    }


def _files(root: Path) -> None:
    """The under-store of a node, and folders for its caches."""
    folder = root / "srv" / "data" / _DATA.lstrip("/")
    folder.mkdir(parents=True)
    for number in range(4):
        (folder / f"part-{number}").write_bytes(os.urandom(_MIB))


def _remaining(control: ControlPlane) -> set[tuple[str, str]]:
    """Objects of the overlay that the API server still has."""
    found = set()
    for one in rendered.kustomize("overlays/store"):
        with contextlib.suppress(ApiError):
            there = control.api.get(Applier(control.api).path(one))
            if not there["metadata"].get("deletionTimestamp"):
                found.add((one["kind"], one["metadata"]["name"]))
    return found


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("by", ["kustomize", "helm"])
def test_the_page_leads_from_nothing_to_a_pod_on_its_data_and_back(
    own_control: ControlPlane, checkout: Path, tmp_path: Path, by: str
) -> None:
    """Every command that it marks, with real kubectl, kustomize or helm, and locusctl; parts run as manifests say."""
    page = guide.read(_PAGE)
    assert page.others.keys() == {"apply", "remove"}
    _add_nodes(own_control, tmp_path / "nodes")
    said = _follow(own_control, checkout, tmp_path / "nodes", page, by)
    _check_what_was_said(said, said["workers"], tmp_path / "nodes")
    assert "reader" not in said["gated"]
    assert ("STATUS: deployed" in said["apply"]) == (by == "helm")
    assert not _remaining(own_control)


# kube-scheduler signs its own certificate, and a kubelet checks none.
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("by", ["kustomize", "helm"])
def test_the_page_on_security_leads_to_a_pod_on_its_data_by_tls(
    own_control: ControlPlane, checkout: Path, tmp_path: Path, by: str
) -> None:
    """Every command that it marks, among those of the other page; and locusctl without a certificate is refused."""
    page, secured = guide.read(_PAGE), guide.read(_SECURITY)
    assert secured.others.keys() == {"switch-on"} and not secured.files
    commands = {"images": page.commands["images"], **secured.commands}
    commands |= {name: page.commands[name] for name in ("place", "forget")}
    # The kubelet here gives every port a number of its own.
    port_file = tmp_path / "nodes" / f"locus-worker-{_HOLDER}-locus-worker-account" / "listen.port"
    assert commands["load"].count("--port 8920 ") == 1
    commands["load"] = commands["load"].replace("8920", f'"$(cat {port_file})"')
    commands["stranger"] = f"if env {_WITHOUT} locusctl workers; then exit 1; fi\n"
    _add_nodes(own_control, tmp_path / "nodes")
    own_control.api.patch(f"/api/v1/nodes/{_HOLDER}", {"metadata": {"labels": {"locus.dev/worker": "enabled"}}})
    together = Guide(page.files, commands, secured.others)
    said = _follow(own_control, checkout, tmp_path / "nodes", together, by, "https")
    _check_what_was_said(said, said["ask"], tmp_path / "nodes")
    assert ("STATUS: deployed" in said["switch-on"]) == (by == "helm")
    assert _HOLDER not in said["stranger"]


def _add_nodes(control: ControlPlane, root: Path) -> None:
    cluster.add_nodes(control.api, [Node(name, address, 16000, 65536) for name, address in _NODES.items()])
    for node in _NODES:
        # As kubelets do.
        control.api.patch(f"/api/v1/nodes/{node}", {"metadata": {"labels": {"kubernetes.io/os": "linux"}}})
        _files(root / node)


def _follow(
    control: ControlPlane, checkout: Path, nodes: Path, page: Guide, by: str, scheme: str = "http"
) -> dict[str, str]:
    """What each command has said."""
    ports = (free_port(), free_port())
    locus = ManifestCluster(control, settings.programs(), nodes, _NODES, ports)
    try:
        done = subprocess.run(
            ["bash", "-c", page.script(other_way=by == "helm")], cwd=checkout,
            env=_environment(control, ports, scheme), capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        parts = set(locus.parts())
    finally:
        locus.close()
    assert locus.problem is None, locus.problem
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert parts == {
        "locus-meta-0", "locus-meta-1", f"locus-worker-{_HOLDER}", "locus-scheduler-0", "locus-scheduler-1",
        "locus-scheduler-0/kube-scheduler", "locus-scheduler-1/kube-scheduler",
    }  # fmt: skip
    return page.outputs(done.stdout)


def _check_what_was_said(said: Mapping[str, str], workers: str, nodes: Path) -> None:
    assert _HOLDER in workers and "LOST" not in workers
    # What the folders say is what locusctl says.
    cached = sum(path.stat().st_size for path in (nodes / _HOLDER / "dev" / "shm").rglob("*") if path.is_file())
    assert cached >= 4 * _MIB
    assert "4 MiB in 4 files" in said["load"] and "(100%)" in said["load"]
    placed = said["place"]
    assert "pod/reader condition met" in placed
    (line,) = [line for line in placed.splitlines() if line.startswith("reader ")]
    assert _HOLDER in line.split()
    # No luck: it is the one node that Locus gave points.
    assert f"{_HOLDER} is preferred with 10 of 10 points" in placed


def _by_either_tool(checkout: Path, folder: str, tls: bool) -> Iterator[list[Object]]:
    """By kustomize, and by Helm with the arguments that the page gives for the same."""
    words = dict(zip(("my-alluxio", "my-scheduler"), _HELM_WORDS.findall(_PAGE.read_text()), strict=True))[folder]
    helm = f"helm template locus manifests/helm/locus --namespace {rendered.NAMESPACE} {words}".replace("\n", " ")
    add = f"(cd {folder} && kustomize edit add component ../manifests/components/tls) && " if tls else ""
    for command in (f"{add}kubectl kustomize {folder}", f"{helm} --set tls.enabled={str(tls).lower()}"):
        done = subprocess.run(
            ["bash", "-c", command], cwd=checkout, capture_output=True, text=True, timeout=60, check=True,
            env={**os.environ, "PATH": f"{settings.kube_tool('kubectl').parent}:{os.environ['PATH']}"},
        )  # fmt: skip
        yield [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.mark.parametrize("tls", [False, True], ids=["plaintext", "tls"])
@pytest.mark.parametrize("folder", ["my-alluxio", "my-scheduler"])
def test_folders_of_a_readers_own_are_what_the_page_says(
    own_control: ControlPlane, checkout: Path, folder: str, tls: bool
) -> None:
    """Own files in place of the shipped ones, and own volumes; also where TLS is switched on in them."""
    files = {"meta-alluxio.yaml": "alluxio: {masters: ['mine:19998']}\n", "agent.yaml": "mode: agent\n"}
    for name, text in files.items():
        (checkout / folder / name).write_text(text)
    for objects in _by_either_tool(checkout, folder, tls):
        # The first time with the namespace, which stays.
        with installed(own_control, objects):
            pass
        if folder == "my-scheduler":
            assert not [one for one in objects if one["metadata"]["name"].startswith("locus-scheduler")]
            pod = rendered.find(objects, "DaemonSet", "locus-extender")["spec"]["template"]["spec"]
            mounts = {mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
            assert mounts == {"/etc/locus", *(["/etc/locus-tls"] if tls else [])}
        else:
            _check_alluxio(objects, files, _TLS_VOLUMES if tls else {})


def _check_alluxio(objects: list[Object], files: Mapping[str, str], more: Mapping[str, str]) -> None:
    """`more`: volumes, with the paths where they are mounted."""
    maps = {name: rendered.find(objects, "ConfigMap", f"locus-{name}-config") for name in ("meta", "worker")}
    assert maps["meta"]["data"]["meta-alluxio.yaml"] == files["meta-alluxio.yaml"]
    assert maps["worker"]["data"]["agent.yaml"] == files["agent.yaml"]
    spec = rendered.find(objects, "DaemonSet", "locus-worker")["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes.keys() == {"config", "tier", *more}
    assert volumes["config"]["configMap"]["name"] == maps["worker"]["metadata"]["name"]
    mounts = {mount["mountPath"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts.keys() == {"/etc/locus", "/data/alluxio", *more.values()}
    assert mounts["/data/alluxio"]["readOnly"] is True
