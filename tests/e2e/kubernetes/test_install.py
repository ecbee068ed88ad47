"""docs/install.md, followed literally by the tools that it names: from nothing to a pod on its data, and back. Its
port-forwards are not: they need kubelets that run containers, and none are here."""

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
_MIB = 1 << 20
_NODES = {f"node-{number}": f"127.0.0.{20 + number}" for number in (1, 2, 3)}
# The others have no worker.
_HOLDER = "node-2"
_DATA = "/warehouse/events"
_SECONDS = 240
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


def _environment(control: ControlPlane, ports: tuple[int, int]) -> Mapping[str, str]:
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
        "LOCUS_EXTENDER": f"http://127.0.0.1:{ports[1]}",
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
    cluster.add_nodes(own_control.api, [Node(name, address, 16000, 65536) for name, address in _NODES.items()])
    for node in _NODES:
        # As kubelets do.
        own_control.api.patch(f"/api/v1/nodes/{node}", {"metadata": {"labels": {"kubernetes.io/os": "linux"}}})
        _files(tmp_path / "nodes" / node)
    ports = (free_port(), free_port())
    locus = ManifestCluster(own_control, settings.programs(), tmp_path / "nodes", _NODES, ports)
    try:
        done = subprocess.run(
            ["bash", "-c", page.script(other_way=by == "helm")], cwd=checkout, env=_environment(own_control, ports),
            capture_output=True, text=True, timeout=_SECONDS, check=False,
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
    _check_what_was_said(page, done.stdout, tmp_path / "nodes")
    assert ("STATUS: deployed" in page.outputs(done.stdout)["apply"]) == (by == "helm")
    assert not _remaining(own_control)


def _check_what_was_said(page: Guide, output: str, nodes: Path) -> None:
    said = page.outputs(output)
    assert _HOLDER in said["workers"] and "LOST" not in said["workers"]
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
    assert "reader" not in said["gated"]


def _by_either_tool(checkout: Path, folder: str) -> Iterator[list[Object]]:
    """By kustomize, and by Helm with the arguments that the page gives for the same."""
    words = dict(zip(("my-alluxio", "my-scheduler"), _HELM_WORDS.findall(_PAGE.read_text()), strict=True))[folder]
    helm = f"helm template locus manifests/helm/locus --namespace {rendered.NAMESPACE} {words}".replace("\n", " ")
    for command in (f"kubectl kustomize {folder}", helm):
        done = subprocess.run(
            ["bash", "-c", command], cwd=checkout, capture_output=True, text=True, timeout=60, check=True,
            env={**os.environ, "PATH": f"{settings.kube_tool('kubectl').parent}:{os.environ['PATH']}"},
        )  # fmt: skip
        yield [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.mark.parametrize("folder", ["my-alluxio", "my-scheduler"])
def test_folders_of_a_readers_own_are_what_the_page_says(
    own_control: ControlPlane, checkout: Path, folder: str
) -> None:
    """Own files in place of the shipped ones, and own volumes."""
    files = {"meta-alluxio.yaml": "alluxio: {masters: ['mine:19998']}\n", "agent.yaml": "mode: agent\n"}
    for name, text in files.items():
        (checkout / folder / name).write_text(text)
    for objects in _by_either_tool(checkout, folder):
        # The first time with the namespace, which stays.
        with installed(own_control, objects):
            pass
        if folder == "my-scheduler":
            assert not [one for one in objects if one["metadata"]["name"].startswith("locus-scheduler")]
            assert rendered.find(objects, "DaemonSet", "locus-extender")
        else:
            _check_alluxio(objects, files)


def _check_alluxio(objects: list[Object], files: Mapping[str, str]) -> None:
    maps = {name: rendered.find(objects, "ConfigMap", f"locus-{name}-config") for name in ("meta", "worker")}
    assert maps["meta"]["data"]["meta-alluxio.yaml"] == files["meta-alluxio.yaml"]
    assert maps["worker"]["data"]["agent.yaml"] == files["agent.yaml"]
    spec = rendered.find(objects, "DaemonSet", "locus-worker")["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert volumes.keys() == {"config", "tier"}
    assert volumes["config"]["configMap"]["name"] == maps["worker"]["metadata"]["name"]
    mounts = {mount["mountPath"]: mount for mount in spec["containers"][0]["volumeMounts"]}
    assert mounts.keys() == {"/etc/locus", "/data/alluxio"}
    assert mounts["/data/alluxio"]["readOnly"] is True
