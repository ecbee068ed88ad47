"""What Locus says, as plain values."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import grpc

from locus_e2e import stubs

_CALL_SECONDS = 10.0
_PAGE = 1000
# Twice within the second that meta gives a wish; at most once a second is asked for.
_WISH_SECONDS = 1.0


@dataclass(frozen=True)
class Input:
    """An answer about one input."""

    state: str
    problem: str
    length: int
    files: int
    blocks: int
    cached: int
    # (host, tier) -> distinct bytes.
    held: dict[tuple[str, str], int]
    stale: bool

    def on(self, host: str) -> int:
        """Bytes on one worker, in all tiers."""
        return sum(size for (where, _), size in self.held.items() if where == host)


@dataclass(frozen=True)
class Block:
    """One block of an input: where it stands in its file, and (host, tier) of each copy."""

    offset: int
    length: int
    holders: frozenset[tuple[str, str]]


class Meta:
    """LocalityService of one locus-meta. Thread-safe."""

    def __init__(self, target: str) -> None:
        self._channel = grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)])
        self._messages = stubs.module("locality_pb2")
        self._service = stubs.module("locality_pb2_grpc").LocalityServiceStub(self._channel)
        self._tiers = stubs.module("types_pb2").Tier

    def ask(self, *inputs: str) -> list[Input]:
        """GetLocality."""
        answer = self._service.GetLocality(self._messages.GetLocalityRequest(inputs=inputs), timeout=_CALL_SECONDS)
        return [self._input(one, answer.freshness.stale) for one in answer.inputs]

    def one(self, named: str) -> Input:
        """GetLocality of a single input."""
        return self.ask(named)[0]

    def blocks(self, named: str) -> dict[tuple[str, int], Block]:
        """ListBlocks, all pages: (path, position) -> block."""
        found: dict[tuple[str, int], Block] = {}
        token = ""
        while True:
            request = self._messages.ListBlocksRequest(input=named, page_size=_PAGE, page_token=token)
            answer = self._service.ListBlocks(request, timeout=_CALL_SECONDS)
            for one in answer.blocks:
                holders = frozenset((holder.address.host, self._tier(holder.tier)) for holder in one.holders)
                assert (one.path, one.index) not in found, f"{one.path} block {one.index} was listed twice"
                found[(one.path, one.index)] = Block(one.offset_bytes, one.length_bytes, holders)
            token = answer.next_page_token
            if not token:
                return found

    def workers(self) -> dict[str, Any]:
        """ListWorkers: host -> message."""
        answer = self._service.ListWorkers(self._messages.ListWorkersRequest(), timeout=_CALL_SECONDS)
        return {one.address.host: one for one in answer.workers.workers}

    def mounts(self) -> dict[str, str]:
        """ListMounts: path -> under-store."""
        answer = self._service.ListMounts(self._messages.ListMountsRequest(), timeout=_CALL_SECONDS)
        return {one.path: one.ufs_uri for one in answer.mounts}

    def want(self, *inputs: str, wanted: bool = True) -> "Wish":
        """Follows inputs as an extender does; `wanted`: whose pods wait for them. Until it is closed."""
        return Wish(self._service, self._messages, inputs, wanted)

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def _input(self, one: Any, stale: bool) -> Input:
        held: dict[tuple[str, str], int] = {}
        for holder in one.holders:
            for tier in holder.tiers:
                key = (holder.address.host, self._tier(tier.tier))
                assert key not in held, f"{key} was told twice of {one.input}"
                held[key] = tier.bytes
        state = self._messages.InputLocality.State.Name(one.state)
        return Input(state, one.problem, one.length_bytes, one.files, one.blocks, one.cached_bytes, held, stale)

    def _tier(self, number: int) -> str:
        return str(self._tiers.Name(number)).removeprefix("TIER_")


class Wish:
    """A WatchLocality stream, which says again and again that pods wait for its inputs. A context manager."""

    def __init__(self, service: Any, messages: Any, inputs: Sequence[str], wanted: bool) -> None:
        self._messages = messages
        self._inputs = list(inputs)
        self._wanted = self._inputs if wanted else []
        self._closed = threading.Event()
        self._call = service.WatchLocality(self._requests())
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Ends the stream."""
        self._closed.set()
        self._call.cancel()
        self._reader.join(_CALL_SECONDS)

    def __enter__(self) -> "Wish":
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()

    def _requests(self) -> Iterator[Any]:
        yield self._messages.WatchLocalityRequest(add=self._inputs, wanted=self._wanted)
        while not self._closed.wait(_WISH_SECONDS):
            yield self._messages.WatchLocalityRequest(wanted=self._wanted)

    def _read(self) -> None:
        try:
            for _answer in self._call:
                pass
        except grpc.RpcError:
            # Cancelled; or locus-meta ended, which tests tell by other means.
            return


class Sampler:
    """Asks one input again and again in a thread, and keeps every answer with its time."""

    def __init__(self, meta: Meta, named: str, every: float) -> None:
        self._meta = meta
        self._named = named
        self._every = every
        self._closed = threading.Event()
        self.answers: list[tuple[float, Input]] = []
        self.errors: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends it; the lists are complete then."""
        self._closed.set()
        self._thread.join()

    def __enter__(self) -> "Sampler":
        return self

    def __exit__(self, *_unused: object) -> None:
        self.close()

    def last(self) -> Input | None:
        """The newest answer."""
        return self.answers[-1][1] if self.answers else None

    def _run(self) -> None:
        while not self._closed.wait(self._every):
            try:
                answer = self._meta.one(self._named)
            except grpc.RpcError as error:
                self.errors.append(f"{error.code().name}: {error.details()}")
                continue
            self.answers.append((time.monotonic(), answer))
