"""Each program of Locus in each way in which it runs, for what all of them have in common: a site with pods, and beside
it those that the site has not."""

import contextlib
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc

from locus_e2e import extender as extenders
from locus_e2e import scenario, stubs
from locus_e2e.certificates import Authority
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.locus_stack import SOON_READY
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.processes import Processes
from locus_e2e.settings import Programs, test_program
from locus_e2e.site import Site, open_site
from locus_e2e.waiting import until

_LOCAL = "127.0.0.1"
_FAKE_MASTER = "support/alluxio/fake-alluxio-master"
FOLDER_OF_MASTER = "/generated"


@dataclass(frozen=True)
class Everything:
    """All of it runs. `daemons`: by what each is for, with the field of its HTTP socket."""

    site: Site
    daemons: dict[str, tuple[Daemon, str]]

    def stir(self) -> None:
        """Something of each kind happens once more: pods are placed, an input is asked about, a file is read."""
        self.site.plane.clear()
        self.site.plane.place(self.site.scene.pods(LOCUS_SCHEDULER))
        asked = self.site.stack.locusctl("locality", "alluxio:///warehouse/events")
        assert asked.status == 0, asked.errors
        node, worker = next(iter(self.site.stack.workers.items()))
        path = next(file.path for file in self.site.scene.data.plan if file.node == node)
        request = stubs.module("cache_pb2").ReadRequest(path=path)
        with grpc.insecure_channel(worker.target(), options=[("grpc.enable_http_proxy", 0)]) as channel:
            service = stubs.module("cache_pb2_grpc").CacheServiceStub(channel)
            assert any(part.data for part in service.Read(request, timeout=20))

    def exposed(self, name: str) -> str:
        """The text at its /metrics."""
        daemon, field = self.daemons[name]
        answer = daemon.get("/metrics", field)
        assert answer.status == 200
        return answer.data.decode()


@contextlib.contextmanager
def open_everything(programs: Programs, control: ControlPlane, folder: Path) -> Iterator[Everything]:
    """A site whose pods are placed, a front with a master behind it and one without, a store with all its ports, an
    agent, and a member of an Alluxio cluster."""
    with contextlib.ExitStack() as ends:
        scene = scenario.build(3)
        extender: Settings = {"warm_up": {"enabled": True}}
        site = ends.enter_context(open_site(programs, control, folder / "site", scene, extender=extender))
        site.plane.place(scene.pods(LOCUS_SCHEDULER))
        processes = ends.enter_context(Processes(folder))
        start = functools.partial(_start, folder, processes)
        master = _start_master(folder, processes)
        nodes: Settings = {"kubernetes": {"kubeconfig": str(control.kubeconfig)}}
        front: Settings = {**SOON_READY, "front": {"enabled": True}, "nodes": nodes}
        of_master: Settings = {"source": "both", "alluxio": {"masters": [master], "user": "locus"}}
        meta = {"listen": _LOCAL, "admin": _LOCAL, "front.listen": _LOCAL}
        meta_ports = {"listen": _LOCAL, "admin": _LOCAL}
        operator_ports = {**extenders.LISTEN, "admin.listen": _LOCAL}
        both = start("meta-both", programs.meta, {**front, **of_master}, meta)
        alone = start("meta-alone", programs.meta, front, meta)
        store = {"listen": _LOCAL, "admin": _LOCAL, "data_http.listen": _LOCAL, "alluxio.listen": _LOCAL}
        daemons = {
            "extender": (site.stack.extender, "listen"),
            "meta": (site.stack.meta, "admin"),
            "meta before a master": (both, "admin"),
            "meta with a front alone": (alone, "admin"),
            "meta with certificates": (
                start("meta-secured", programs.meta, _secured_meta(folder, control), meta_ports),
                "admin",
            ),
            "extender with certificates": (
                start(
                    "extender-secured",
                    programs.extender,
                    _secured_extender(folder, site.stack.meta.target()),
                    operator_ports,
                ),
                "admin.listen",
            ),
            "worker": (next(iter(site.stack.workers.values())), "admin"),
            "worker with all ports": (
                start("worker-store", programs.worker, _store(folder, alone.target()), store),
                "admin",
            ),
            "agent": (
                start("worker-agent", programs.worker, _agent(folder, both.target()), {"admin": "127.0.0.2"}),
                "admin",
            ),
            "worker of a master": (
                start(
                    "worker-alluxio",
                    programs.worker,
                    _member(folder, master),
                    {"admin": "127.0.0.3", "alluxio.listen": "127.0.0.3"},
                ),
                "admin",
            ),
        }
        yield Everything(site, daemons)


def _listen(folder: Path, name: str) -> Settings:
    authority = Authority(folder / f"{name}-certificates")
    own = authority.issue(name, f"DNS:{name}")
    return {"tls": {**own.fields(), "client_ca_file": str(authority.certificate)}}


def _tokens(folder: Path) -> Settings:
    path = folder / "tokens"
    path.write_text("0123456789abcdef0123456789abcdef\n")
    return {"token_file": str(path)}


def _secured_meta(folder: Path, control: ControlPlane) -> Settings:
    """One that asks everybody who they are."""
    return {
        "listen": _listen(folder, "locus-meta"),
        "access": _tokens(folder),
        "nodes": {"kubernetes": {"kubeconfig": str(control.kubeconfig)}},
        "workers": {"identity": {"proof": "either", "service_account": "locus/locus-worker"}},
    }


def _secured_extender(folder: Path, metadata: str) -> Settings:
    """One whose main port speaks TLS; the operator's is open."""
    return {
        "listen": _listen(folder, "locus-extender"),
        "access": _tokens(folder),
        "admin": {"enabled": True},
        "metadata": {"target": metadata},
    }


def _start(
    folder: Path, processes: Processes, name: str, binary: Path, settings: Settings, sockets: dict[str, str]
) -> Daemon:
    daemon = Daemon(name, binary, folder, settings, sockets, processes)
    daemon.start()
    return daemon


def _start_master(folder: Path, processes: Processes) -> str:
    """A fake of Alluxio's master with a folder of files; its host:port."""
    port = folder / "master.port"
    generate = f"folder={FOLDER_OF_MASTER},files=10,blocks=2,workers=2"
    argv = [test_program(_FAKE_MASTER), "--port-file", port, "--generate", generate]
    process = processes.start("fake-master", argv)
    until("fake master", 20, lambda: process.check() or (port.exists() and port.read_text().strip()))
    return f"{_LOCAL}:{port.read_text().strip()}"


def _tiers(folder: Path, name: str) -> list[Settings]:
    paths = {tier: folder / name / tier.lower() for tier in ("MEM", "SSD", "HDD")}
    for path in paths.values():
        path.mkdir(parents=True)
    return [{"tier": tier, "path": str(path), "quota": "64MiB"} for tier, path in paths.items()]


def _origin(folder: Path, name: str) -> Path:
    """An under-store with nothing in it."""
    path = folder / f"{name}-origin"
    path.mkdir()
    return path


def _store(folder: Path, meta: str) -> Settings:
    nowhere = "http://127.0.0.1:9"
    mounts: list[Settings] = [
        {"path": "/files", "folder": str(_origin(folder, "store"))},
        {"path": "/web", "http": {"url": nowhere}},
        {"path": "/objects", "s3": {"bucket": "none", "endpoint": nowhere, "path_style": True, "anonymous": True}},
    ]
    return {
        "node": "node-9",
        "report": {"target": meta},
        "origin": {"mounts": mounts},
        "store": {"tiers": _tiers(folder, "store")},
        "data_http": {"enabled": True},
        "alluxio": {"enabled": True},
    }


def _agent(folder: Path, meta: str) -> Settings:
    # Whether an Alluxio worker listens there does not matter.
    agent: Settings = {"host": "127.0.0.2", "data_port": 9, "tiers": _tiers(folder, "agent")}
    for tier in agent["tiers"]:
        (Path(tier["path"]) / "alluxioworker").mkdir()
    return {"mode": "agent", "node": "node-8", "report": {"target": meta}, "agent": agent}


def _member(folder: Path, master: str) -> Settings:
    mounts = [{"path": "/", "folder": str(_origin(folder, "member"))}]
    return {
        "mode": "alluxio",
        "node": "node-7",
        "announce_host": "127.0.0.3",
        "report": {"target": ""},
        "origin": {"mounts": mounts},
        "store": {"tiers": _tiers(folder, "member")},
        "alluxio": {"masters": [master], "user": "locus"},
    }
