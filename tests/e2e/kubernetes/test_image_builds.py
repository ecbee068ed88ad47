"""The images, built by a container engine from the file as it stands but for its first stage, which would compile for
half an hour: the programs that are built already take its place. What is in them, and that it runs as manifests say."""

import functools
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import manifest_pod, rendered, settings
from locus_e2e.containers.container import Mount, Wish, command
from locus_e2e.containers.installation import NAMES, Installation
from locus_e2e.containers.pod import files_of_a_kubelet
from locus_e2e.containers.store import Image, Store, open_store
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import installed
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

_FILE = rendered.MANIFESTS / "images" / "Containerfile"
_BASE = "debian:12-slim"
_SERVERS = ("locus-meta", "locus-extender", "locus-worker")
_ALL = (*_SERVERS, "locusctl")
_USER = "10001:10001"
# Unpacked: 80 of Debian's slim image, 40 of gRPC and what it needs. A library that drags in others is seen here.
_MOST_MB = 140
_SPECIAL = stat.S_ISUID | stat.S_ISGID
_SECONDS = 60
_DATA_BYTES = 4096


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """For all images of this module."""
    kept = settings.images()
    if kept is None:
        pytest.skip("no images can be built here: `tools/dev e2e kubernetes` says why")
    with open_store(kept) as opened:
        yield opened


@pytest.fixture(scope="module")
def images(store: Store, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Image]:
    """All four. Nothing of the checkout is in them but the programs, so they get an empty one."""
    stage = tmp_path_factory.mktemp("build")
    (stage / "out").mkdir()
    programs = settings.programs()
    for program in (programs.meta, programs.extender, programs.worker, programs.locusctl):
        shutil.copy(program, stage / "out")
    empty = tmp_path_factory.mktemp("empty")
    return {name: store.build(_FILE, empty, name, {"build": stage}) for name in _ALL}


def _run(store: Store, image: Image, folder: Path, *words: str, **wishes: object) -> subprocess.CompletedProcess[str]:
    wish = Wish(arguments=words, **wishes)  # type: ignore[arg-type]
    name = f"{image.name}-{len(list(folder.iterdir()))}"
    return subprocess.run(
        command(store, image, name, wish, folder), capture_output=True, text=True, timeout=_SECONDS, check=False
    )


@pytest.mark.parametrize("name", _ALL)
def test_an_image_says_what_its_pods_say(images: dict[str, Image], name: str) -> None:
    """Started by hand it is the same user, program and ports; it has no variables of its own but PATH."""
    config = images[name].config
    assert config["User"] == _USER
    assert config["Entrypoint"] == [f"/usr/bin/{name}"] and not config.get("Cmd")
    assert [entry.partition("=")[0] for entry in config.get("Env", [])] in (["PATH"], [])
    exposed = set(config.get("ExposedPorts", {}))
    pods = 0
    for overlay in rendered.OVERLAYS:
        for workload in rendered.workloads(rendered.kustomize(f"overlays/{overlay}")):
            for container in manifest_pod.containers(workload):
                if container["image"].partition(":")[0] == name:
                    assert {f"{port['containerPort']}/tcp" for port in container.get("ports", [])} <= exposed
                    pods += 1
    assert (pods == 0) == (name == "locusctl") == (not exposed)


@pytest.mark.parametrize("name", _ALL)
def test_a_program_runs_in_its_image_as_nobody_in_particular(
    store: Store, images: dict[str, Image], tmp_path: Path, name: str
) -> None:
    """By the image's own user and entry point, on a root file system that is only read. Every library is there."""
    image = images[name]
    version = _run(store, image, tmp_path, "--version")
    tags = {
        container["image"].rpartition(":")[2]
        for workload in rendered.workloads(rendered.kustomize("overlays/store"))
        for container in manifest_pod.containers(workload)
        if container["image"].startswith("locus-")
    }
    assert {version.stdout} == {f"{name} {tag}\n" for tag in tags}, version.stderr
    helped = _run(store, image, tmp_path, "--help")
    assert helped.returncode == 0 and name in helped.stdout, helped.stderr
    linked = _run(store, image, tmp_path, f"/usr/bin/{name}", entry=["/usr/bin/ldd"])
    assert linked.returncode == 0 and "libgrpc" in linked.stdout and "not found" not in linked.stdout, linked
    script = "id -u; id -g; grep -E 'CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; touch /tmp/file /file"
    inside = _run(store, image, tmp_path, script, entry=["/bin/sh", "-c"])
    assert inside.stdout.split() == ["10001", "10001", "CapBnd:", "0" * 16, "NoNewPrivs:", "1", "Seccomp:", "2"]
    assert inside.stderr.count("Read-only file system") == 2


def test_locusctl_is_in_its_image_under_both_names(store: Store, images: dict[str, Image], tmp_path: Path) -> None:
    """By the real kubectl, which finds plugins in the PATH, as a link in place of a copy."""
    assert (images["locusctl"].root / "usr/bin/kubectl-locus").readlink() == Path("locusctl")
    kubectl = Mount("/usr/bin/kubectl", settings.kube_tool("kubectl").resolve())
    done = _run(store, images["locusctl"], tmp_path, "locus", "--version", entry=["kubectl"], mounts=[kubectl])
    assert done.stdout == _run(store, images["locusctl"], tmp_path, "--version").stdout, done.stderr


def _files(root: Path) -> dict[str, os.stat_result]:
    """Of a file system by path; links are not followed."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            found[str(path.relative_to(root))] = path.lstat()
    return found


@pytest.mark.parametrize("name", _ALL)
def test_an_image_holds_its_program_and_debians_packages(
    store: Store, images: dict[str, Image], name: str, record_property: Callable[[str, object], None]
) -> None:
    """No file that raises rights beside those of the base image, no package lists or archives, no surprise in size."""
    base = _files(store.image(_BASE, "base").root)
    root = store.image(images[name].identity, name).root
    files = _files(root)
    raising = {path for path, found in files.items() if found.st_mode & _SPECIAL and stat.S_ISREG(found.st_mode)}
    assert raising <= {path for path, found in base.items() if found.st_mode & _SPECIAL}
    for path in files.keys() - base.keys():
        assert files[path].st_uid == 0, path
        assert not (files[path].st_mode & stat.S_IWOTH) or stat.S_ISLNK(files[path].st_mode), path
        if not stat.S_ISLNK(files[path].st_mode):
            assert "security.capability" not in os.listxattr(root / path), path
    assert not [path for path in files if path.startswith(("var/lib/apt/lists/", "var/cache/apt/archives/"))
                and not path.endswith("lock")]  # fmt: skip
    owned = {line.lstrip("/") for listing in (root / "var/lib/dpkg/info").glob("*.list")
             for line in listing.read_text().splitlines()}  # fmt: skip
    added = {path for path in files.keys() - base.keys() if path.startswith("usr/bin/") and path not in owned}
    assert added == {f"usr/bin/{name}", *(["usr/bin/kubectl-locus"] if name == "locusctl" else [])}
    # Where configuration names no authority.
    assert (root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 0
    sizes = {(found.st_dev, found.st_ino): found.st_size for found in files.values()}
    megabytes = round(sum(sizes.values()) / 1e6)
    program = round(files[f"usr/bin/{name}"].st_size / 1e6)
    record_property("MB", megabytes)
    record_property("of which program", program)
    assert megabytes < _MOST_MB


def test_what_is_no_source_stays_out_of_the_build(store: Store, tmp_path: Path) -> None:
    """Of a checkout that was worked in, what git knows comes into the first stage, and all of it."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=settings.ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    checkout = tmp_path / "checkout"
    for name in filter(lambda one: (settings.ROOT / one).is_file(), listed):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(settings.ROOT / name, checkout / name)
    wanted = set(_files(checkout))
    assert len(wanted) > 500
    for name in (".git/config", "bazel-out/k8/big", "common/__pycache__/a.pyc", "tests/old.pyc", ".ruff_cache/x",
                 "tests/.pytest_cache/y"):  # fmt: skip
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text("not ours")
    (checkout / "bazel-bin").symlink_to("/somewhere/else")
    file = tmp_path / "Containerfile"
    (copied,) = re.findall(r"^COPY \. .*$", _FILE.read_text(), re.MULTILINE)
    file.write_text(f"FROM scratch\n{copied}\n")
    found = _files(store.build(file, checkout).root)
    assert {path.removeprefix("src/") for path in found} == wanted


def _within(text: str, done: subprocess.CompletedProcess[str]) -> str:
    """What was said, when all was well and this is in it."""
    return done.stdout if done.returncode == 0 and text in done.stdout else ""


def test_pods_of_the_manifests_run_as_containers_of_the_images(
    store: Store, images: dict[str, Image], control: ControlPlane, run_folder: Path
) -> None:
    """Ready by the probes of their manifests, at a real API server by their own accounts, with volumes that belong to
    root but for what an init container gives away; and locusctl from its own image makes them work."""
    objects = rendered.kustomize("overlays/store")
    with tempfile.TemporaryDirectory(dir=run_folder) as name, Processes(Path(name)) as processes:
        folder = Path(name)
        locus = Installation(store, images, control, objects, folder)
        data = locus.node / "srv" / "data" / "events"
        data.mkdir(parents=True)
        (data / "part-0").write_bytes(os.urandom(_DATA_BYTES))
        with installed(control, objects):
            meta = locus.start(processes, "Deployment", "locus-meta", "locus-meta", "--set=readiness.settle=500ms")
            target = f"{{}}.{rendered.NAMESPACE}.svc:{meta.ports['listen']}"
            worker = locus.start(
                processes, "DaemonSet", "locus-worker", "locus-worker",
                f"--set=report.target={target.format('locus-meta-headless')}",
            )  # fmt: skip
            extender = locus.start(
                processes, "Deployment", "locus-scheduler", "locus-extender",
                f"--set=metadata.target={target.format('locus-meta')}",
            )  # fmt: skip
            for server in (meta, worker, extender):
                server.wait_ready()
            mounts = files_of_a_kubelet(folder, NAMES)
            asked = {"LOCUS_META": target.format("locus-meta"),
                     "LOCUS_EXTENDER": f"http://127.0.0.1:{extender.ports['listen']}"}  # fmt: skip

            locusctl = functools.partial(
                _run, store, images["locusctl"], folder / "bundles", environment=asked, mounts=mounts
            )
            until("news of the worker", _SECONDS, lambda: locusctl("workers").returncode == 0, every=0.2)
            loaded = locusctl("load", "/events")
            assert loaded.returncode == 0 and "1 of 1 file" in loaded.stdout, loaded
            plugin = functools.partial(locusctl, "locality", "/events", entry=["/usr/bin/kubectl-locus"])
            told = until("all of it cached", _SECONDS, lambda: _within("(100%)", plugin()), every=0.2)
            assert "4 KiB in 1 file" in told and "node-1" in told
            # The extender leads when it has its Lease.
            status = until("all well", _SECONDS, lambda: _within("leads the gate", locusctl("status")), every=0.2)
            assert "1 live" in status
            # Each is the first process of its container: the kernel ends that one by no signal that it does not handle.
            assert [server.process.stop() for server in (extender, worker, meta)] == [0, 0, 0]
        cached = [path for path in (locus.node / "dev/shm/locus").rglob("*") if path.is_file()]
        assert sum(path.stat().st_size for path in cached) >= _DATA_BYTES
        assert {path.stat().st_uid for path in cached} == {10001}
