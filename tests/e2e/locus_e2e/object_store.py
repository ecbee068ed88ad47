"""A real S3 server over a folder, and a locus-worker over that."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc

from locus_e2e import ports, stubs
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.processes import Processes
from locus_e2e.s3_client import S3Client
from locus_e2e.settings import Programs, SettingsError
from locus_e2e.waiting import until

ACCESS_KEY, SECRET_KEY = "locus", "a/secret+of=locus"
BUCKET = "lake"
_LOCAL = "127.0.0.1"
_CALL_SECONDS = 60.0


class ObjectStore:
    """versitygw, with one bucket. Virtual-host style works for BUCKET.localhost."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        named = os.environ.get("LOCUS_S3_SERVER")
        if not named:
            raise SettingsError("LOCUS_S3_SERVER is not set: start through `tools/dev e2e store`")
        self._binary = Path(named)
        self._folder = folder
        self._access_log = folder.with_name("objects-access.log")
        self._processes = processes
        folder.mkdir(parents=True)
        self._port = ports.free_port()
        self.start()
        self.client.make_bucket(BUCKET)

    @property
    def endpoint(self) -> str:
        """By address: for path style."""
        return f"http://{_LOCAL}:{self._port}"

    @property
    def named_endpoint(self) -> str:
        """By name: for virtual-host style."""
        return f"http://localhost:{self._port}"

    @property
    def client(self) -> S3Client:
        """With the right credentials."""
        return S3Client(self.endpoint, ACCESS_KEY, SECRET_KEY)

    def start(self) -> None:
        """Starts it, also again, on the same port and folder."""
        argv = [self._binary, "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--port", f"{_LOCAL}:{self._port}"]
        argv += ["--virtual-domain", f"localhost:{self._port}", "--access-log", self._access_log]
        argv += ["posix", self._folder]
        self.process = self._processes.start("versitygw", argv)
        until("S3 server", 20, self._answers)

    def stop(self) -> None:
        """Ends it."""
        self.process.stop()

    def gets(self, key: str) -> int:
        """GETs of objects whose key starts with `key` that it has answered, by its own log, which is a little late."""
        return self._logged("s3_GetObject", key)

    def heads(self, key: str) -> int:
        """HEADs likewise."""
        return self._logged("s3_HeadObject", key)

    def _logged(self, operation: str, key: str) -> int:
        return self._access_log.read_text(errors="replace").count(f" {operation} {key}")

    def _answers(self) -> bool:
        self.process.check()
        return self.client.reachable()


class ReadFailed(Exception):
    """A read of a worker ended with an error."""

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(f"{error.code().name}: {error.details()}")
        self.code = error.code()


class StoreWorker:
    """One locus-worker of mode store."""

    def __init__(
        self,
        programs: Programs,
        folder: Path,
        processes: Processes,
        origin: Settings,
        name: str,
        *,
        meta: str = "",
        quota: str = "256MiB",
        store: Settings | None = None,
        data_http: Settings | None = None,
    ) -> None:
        """`meta`: the locus-meta that it reports to; `store`: added to that section; `data_http`: that section, which
        also opens the port."""
        self.tier = folder / f"{name}-ssd"
        settings: Settings = {
            "node": name,
            "report": {"target": meta},
            "origin": origin,
            "store": {
                "block_size": "1MiB",
                "tiers": [{"tier": "SSD", "path": str(self.tier), "quota": quota}],
                **(store or {}),
            },
        }
        sockets = {"listen": _LOCAL, "admin": _LOCAL}
        if data_http is not None:
            settings["data_http"] = {"enabled": True, **data_http}
            sockets["data_http.listen"] = _LOCAL
        self.daemon = Daemon(name, programs.worker, folder, settings, sockets, processes)
        self.daemon.start()
        self.daemon.wait_ready("admin")

    def close(self) -> None:
        """Ends it; what it has cached is gone."""
        self.daemon.stop()
        shutil.rmtree(self.tier, ignore_errors=True)

    def file_url(self, path: str) -> str:
        """Of a file at its HTTP data port; `path` needs no encoding."""
        return f"{self.daemon.url('data_http.listen')}/v1/files{path}"

    def read(self, path: str, offset: int = 0, length: int = 0, no_cache: bool = False) -> bytes:
        """All bytes of the range. Raises ReadFailed."""
        return b"".join(self.pieces(path, offset, length, no_cache))

    def pieces(self, path: str, offset: int = 0, length: int = 0, no_cache: bool = False) -> Iterator[bytes]:
        """The same as they come; the worker goes on only as they are taken, but for what is on its way."""
        messages = stubs.module("cache_pb2")
        request = messages.ReadRequest(path=path, offset_bytes=offset, length_bytes=length, no_cache=no_cache)
        return (part.data for part in self._call("Read", request))

    def sources(self, path: str) -> set[str]:
        """The tiers that a read of the whole file comes from; ORIGIN: the under-store."""
        tiers = stubs.module("types_pb2").Tier
        request = stubs.module("cache_pb2").ReadRequest(path=path)
        found = {tiers.Name(part.source).removeprefix("TIER_") for part in self._call("Read", request)}
        return {"ORIGIN" if tier == "UNSPECIFIED" else tier for tier in found}

    def load(self, path: str) -> Any:
        """The last progress message of a load. Raises ReadFailed."""
        *_, last = list(self._call("Load", stubs.module("cache_pb2").LoadRequest(path=path)))
        return last

    def metric(self, series: str) -> float:
        """`locus_worker_` left out."""
        return self.daemon.metrics("admin")[f"locus_worker_{series}"]

    def _call(self, method: str, request: Any) -> Iterator[Any]:
        services = stubs.module("cache_pb2_grpc")
        options = [("grpc.enable_http_proxy", 0)]
        with grpc.insecure_channel(self.daemon.target(), options=options) as channel:
            try:
                yield from getattr(services.CacheServiceStub(channel), method)(request, timeout=_CALL_SECONDS)
            except grpc.RpcError as error:
                raise ReadFailed(error) from error


# open_worker(origin, ...): further arguments as of StoreWorker.
OpenWorker = Callable[..., StoreWorker]


def write_credentials(path: Path, access_key: str, secret_key: str) -> Path:
    """In the format of ~/.aws/credentials; replaced as a whole."""
    fresh = path.with_suffix(".new")
    fresh.write_text(f"[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n")
    return fresh.rename(path)


def lake(objects: ObjectStore, credentials: Path, style: str = "path", **more: object) -> Settings:
    """The bucket as the only mount, at /lake, in `path` or `host` style."""
    s3 = {
        "bucket": BUCKET,
        "endpoint": objects.endpoint if style == "path" else objects.named_endpoint,
        "path_style": style == "path",
        "credentials_file": str(credentials),
        **more,
    }
    return {"retry_max": "100ms", "mounts": [{"path": "/lake", "s3": s3}]}
