"""During an upgrade versions N and N+1 speak to each other. N are the real programs; the test plays N+1, which says
more than they know: fields in every message, numbers of enums, variants of streams."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
import urllib3
from locus_e2e import extender as extenders
from locus_e2e import newer, settings, stubs
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.locality_double import Block, LocalityDouble
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

_LOCAL = "127.0.0.1"
_DIRECT = [("grpc.enable_http_proxy", 0)]
_SECONDS = 20
BLOCK = 1 << 20
CONTENT = bytes(range(256)) * 1024

Start = Callable[[str, Settings], Daemon]


@pytest.fixture
def start(processes: Processes, tmp_path: Path) -> Start:
    """Starts one of Locus' programs by the name of its field in settings.Programs."""

    def start_one(program: str, configuration: Settings) -> Daemon:
        sockets = {"listen": _LOCAL} if program == "extender" else {"listen": _LOCAL, "admin": _LOCAL}
        binary = getattr(settings.programs(), program)
        daemon = Daemon(f"locus-{program}", binary, tmp_path, configuration, sockets, processes)
        daemon.start()
        return daemon

    return start_one


class NewerWorker:
    """A Report stream to locus-meta. `say` sends; what locus-meta asks for is answered as the contract wants it."""

    def __init__(self, target: str, facts: list[Any]) -> None:
        """`facts`: what a listing of its under-store gives."""
        self._facts = facts
        self._report = stubs.module("report_pb2")
        self._outgoing: queue.Queue[Any] = queue.Queue()
        self.heard: list[str] = []
        self.ended: list[grpc.RpcError | None] = []
        self._channel = grpc.insecure_channel(target, options=_DIRECT)
        services = stubs.module("report_pb2_grpc")
        self._stream = services.WorkerServiceStub(self._channel).Report(iter(self._outgoing.get, None))
        threading.Thread(target=self._read, daemon=True).start()

    def say(self, message: Any) -> None:
        """As it is."""
        self._outgoing.put(message)

    def close(self) -> None:
        """Ends the stream."""
        self._outgoing.put(None)
        self._channel.close()

    def _read(self) -> None:
        try:
            for answer in self._stream:
                self.heard.append(answer.WhichOneof("message"))
                if answer.HasField("list_files"):
                    listing = self._report.Listing(request=answer.list_files.request, files=self._facts, done=True)
                    self.say(newer.with_fields(self._report.ReportRequest(listing=listing)))
            self.ended.append(None)
        except grpc.RpcError as error:
            self.ended.append(error)


def test_a_newer_worker_reports_to_this_locus_meta(start: Start) -> None:
    """What it says in known words counts, to the byte; the rest is left out, and the stream goes on."""
    report, locality, types = (stubs.module(name) for name in ("report_pb2", "locality_pb2", "types_pb2"))
    meta = start("meta", {})
    fact = report.FileFact(file_id=7, path="/lake/new", length_bytes=3 * BLOCK, block_bytes=BLOCK, modified_ns=1)
    address = types.HolderAddress(host="127.0.0.9", data_port=1)
    added, tier = report.BlockChange.ADDED, types.TIER_SSD
    blocks = [
        report.BlockChange(file_id=7, index=0, kind=added, tier=tier),
        report.BlockChange(file_id=7, index=1, kind=newer.VALUE, tier=tier),
        report.BlockChange(file_id=7, index=2, kind=added, tier=newer.VALUE),
    ]
    usage = types.TierUsage(tier=tier, capacity_bytes=9 * BLOCK, used_bytes=BLOCK)
    beyond = types.TierUsage(tier=newer.VALUE, capacity_bytes=5 * BLOCK)
    hello = report.Hello(address=address, node="node-9", version="99.0.0", tiers=[usage, beyond])
    worker = NewerWorker(meta.target(), [fact])
    for message in (
        report.ReportRequest(hello=hello),
        report.ReportRequest(changes=report.Changes(files=[fact], blocks=blocks)),
        report.ReportRequest(snapshot_end=report.SnapshotEnd()),
    ):
        worker.say(newer.with_fields(message))
        worker.say(newer.variant(report.ReportRequest))
    beat = report.Beat(load=types.NodeLoad(cpu=0.5, overall=0.25), tiers=[usage, beyond])
    worker.say(newer.with_fields(report.ReportRequest(beat=beat)))
    worker.say(newer.variant(report.ReportRequest))

    with grpc.insecure_channel(meta.target(), options=_DIRECT) as channel:
        service = stubs.module("locality_pb2_grpc").LocalityServiceStub(channel)
        request = newer.with_fields(locality.GetLocalityRequest(inputs=["alluxio:///lake"]))

        def known() -> Any:
            (found,) = service.GetLocality(request, timeout=5).inputs
            return found if found.state == locality.InputLocality.KNOWN and found.cached_bytes else None

        found = until("the newer worker's blocks", _SECONDS, known, every=0.1)
        assert (found.length_bytes, found.cached_bytes, found.blocks) == (3 * BLOCK, BLOCK, 3)
        (holder,) = found.holders
        assert (holder.node, [(part.tier, part.bytes) for part in holder.tiers]) == ("node-9", [(tier, BLOCK)])
        until("the news that it is alive", _SECONDS, lambda: _listed(service).HasField("load"), every=0.1)
        listed = _listed(service)
        assert (listed.state, listed.version) == (locality.Worker.LIVE, "99.0.0")
        # A variant that nobody knows is a sign of life, and takes nothing back.
        assert [(part.tier, part.capacity_bytes) for part in listed.tiers if part.tier == tier] == [(tier, 9 * BLOCK)]
        assert listed.load.overall == 0.25
    metrics = meta.metrics("admin")
    assert metrics['locus_meta_report_messages_total{kind="empty"}'] == 4
    assert metrics['locus_meta_rejected_items_total{reason="block_malformed"}'] == 2
    assert worker.ended == [] and "welcome" in worker.heard and "list_files" in worker.heard
    worker.close()


def _listed(service: Any) -> Any:
    request = newer.with_fields(stubs.module("locality_pb2").ListWorkersRequest())
    (worker,) = service.ListWorkers(request, timeout=5).workers.workers
    return worker


def test_a_newer_extender_follows_this_locus_meta(start: Start) -> None:
    """A stream whose requests say more gets its pictures and beats, and stays open."""
    locality = stubs.module("locality_pb2")
    meta = start("meta", {})
    requests: queue.Queue[Any] = queue.Queue()
    uri = "alluxio:///lake"
    with grpc.insecure_channel(meta.target(), options=_DIRECT) as channel:
        service = stubs.module("locality_pb2_grpc").LocalityServiceStub(channel)
        answers = service.WatchLocality(iter(requests.get, None), timeout=_SECONDS)
        requests.put(newer.with_fields(locality.WatchLocalityRequest(add=[uri], wanted=[uri])))
        seen = [next(answers)]
        while not any(found.input == uri for answer in seen for found in answer.inputs):
            seen.append(next(answers))
        # A request that says nothing but what is new.
        requests.put(newer.with_fields(locality.WatchLocalityRequest()))
        before = len(seen)
        seen += [next(answers), next(answers)]
        assert len(seen) == before + 2 and all(answer.HasField("freshness") for answer in seen)
        requests.put(None)


class NewerMeta:
    """A locus-meta that says more than a worker knows, and keeps what it hears."""

    def __init__(self) -> None:
        report = stubs.module("report_pb2")
        services = stubs.module("report_pb2_grpc")
        self.heard: list[Any] = []
        self.streams = 0
        self._closing = threading.Event()
        double = self

        class Service(services.WorkerServiceServicer):  # type: ignore[misc,name-defined]
            def Report(self, requests: Any, _context: Any) -> Iterator[Any]:  # pylint: disable=invalid-name
                double.streams += 1
                threading.Thread(target=double._read, args=(requests,), daemon=True).start()
                yield newer.variant(report.ReportResponse)
                welcome = report.Welcome(beat_interval_ms=300, takes_traffic=True)
                yield newer.with_fields(report.ReportResponse(welcome=welcome))
                yield newer.variant(report.ReportResponse)
                listing = report.ListFiles(request=5, path="/", limit=100)
                yield newer.with_fields(report.ReportResponse(list_files=listing))
                double._closing.wait()

        self._server = grpc.server(futures.ThreadPoolExecutor(4))
        services.add_WorkerServiceServicer_to_server(Service(), self._server)
        self.target = f"{_LOCAL}:{self._server.add_insecure_port(f'{_LOCAL}:0')}"
        self._server.start()

    def kinds(self) -> list[str]:
        """Of the messages heard, in their order."""
        return [message.WhichOneof("message") for message in self.heard]

    def close(self) -> None:
        """Ends all streams."""
        self._closing.set()
        self._server.stop(grace=None).wait(5)

    def _read(self, requests: Any) -> None:
        try:
            for request in requests:
                self.heard.append(request)
        except grpc.RpcError:
            pass  # The stream has ended.


def _store(tmp_path: Path, meta: str) -> Settings:
    (tmp_path / "origin").mkdir()
    (tmp_path / "origin" / "data").write_bytes(CONTENT)
    tiers = [{"tier": "SSD", "path": str(tmp_path / "ssd"), "quota": "64MiB"}]
    return {
        "node": "node-1",
        "report": {"target": meta, "reconnect_max": "200ms"},
        "origin": {"folder": str(tmp_path / "origin")},
        "store": {"tiers": tiers},
    }


def test_this_worker_reports_to_a_newer_locus_meta(start: Start, tmp_path: Path) -> None:
    """It does what it knows, and goes on beating on the same stream."""
    meta = NewerMeta()
    try:
        start("worker", _store(tmp_path, meta.target))
        until("the listing", _SECONDS, lambda: "listing" in meta.kinds(), every=0.05)
        listing = next(message.listing for message in meta.heard if message.HasField("listing"))
        assert listing.request == 5
        assert [(fact.path, fact.length_bytes) for fact in listing.files] == [("/data", len(CONTENT))]
        assert meta.kinds()[0] == "hello" and "snapshot_end" in meta.kinds()
        beats = meta.kinds().count("beat")
        until("further beats", _SECONDS, lambda: meta.kinds().count("beat") >= beats + 3, every=0.05)
        assert meta.streams == 1
    finally:
        meta.close()


def test_a_newer_client_reads_from_this_worker(start: Start, tmp_path: Path) -> None:
    """A load and a read whose requests say more."""
    cache = stubs.module("cache_pb2")
    worker = start("worker", _store(tmp_path, ""))
    worker.wait_ready("admin")
    with grpc.insecure_channel(worker.target(), options=_DIRECT) as channel:
        service = stubs.module("cache_pb2_grpc").CacheServiceStub(channel)
        load = newer.with_fields(cache.LoadRequest(path="/data", tier=newer.VALUE))
        with pytest.raises(grpc.RpcError) as refused:
            list(service.Load(load, timeout=10))
        # A tier that it has not is no reason to take another one.
        assert refused.value.code() in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION)
        *_, last = service.Load(newer.with_fields(cache.LoadRequest(path="/data")), timeout=10)
        assert last.done and last.files_done == 1
        parts = service.Read(newer.with_fields(cache.ReadRequest(path="/data")), timeout=10)
        assert b"".join(part.data for part in parts) == CONTENT
        status = service.Status(newer.with_fields(cache.StatusRequest()), timeout=10)
        assert [tier.used_bytes for tier in status.tiers] == [len(CONTENT)] or status.tiers


class NewerLocality(LocalityDouble):
    """Says more in each message: a node whose copies lie in a tier that nobody knows, a worker in such a state."""

    def _watch(self, requests: Any, context: Any) -> Iterator[Any]:
        for answer in super()._watch(requests, context):
            for found in answer.inputs:
                beyond = found.holders.add(node="node-new", address=self._address("node-new"))
                beyond.tiers.add(tier=newer.VALUE, bytes=1 << 40)
                found.cached_bytes = min(found.length_bytes, found.cached_bytes + 1)
            if answer.HasField("workers"):
                answer.workers.workers.add(address=self._address("node-new"), node="node-new", state=newer.VALUE)
            yield newer.with_fields(answer)

    def _sample(self, uri: str) -> Any:
        return newer.with_fields(super()._sample(uri))


def test_this_extender_places_pods_by_what_a_newer_locus_meta_tells(start: Start) -> None:
    """A tier that it does not know counts as the slowest: a terabyte there attracts less than what lies in memory."""
    uri = "alluxio:///lake"
    sizes = [Block(100 * BLOCK, ("node-1",))] * 3 + [Block(100 * BLOCK, ("node-2",))]
    double = NewerLocality({uri: sizes}, {"node-1": 0.1, "node-2": 0.1})
    try:
        extender = start("extender", extenders.settings(double.target, None, "", {}))
        extender.wait_ready("listen")
        pod = {"metadata": {"name": "p", "namespace": "n", "uid": "u", "annotations": {"locus.dev/inputs": uri}}}
        names = ["node-1", "node-2", "node-3", "node-new"]
        body = json.dumps({"Pod": pod, "NodeNames": names})
        http = urllib3.PoolManager(retries=False, timeout=5.0)

        def scores() -> dict[str, int]:
            answer = http.request("POST", f"{extender.url()}/prioritize", body=body)
            assert answer.status == 200
            return {entry["Host"]: entry["Score"] for entry in json.loads(answer.data)}

        found = until("scores", _SECONDS, scores, every=0.1)
        assert found["node-1"] == 10
        assert found["node-1"] > found.get("node-2", 0) > 0
        assert 0 < found["node-new"] < found["node-2"]
        assert "node-3" not in found
        assert extender.metrics()["locus_extender_watch_connected"] == 1
        assert extender.metrics()["locus_extender_watch_streams_broken_total"] == 0
    finally:
        double.close()
