"""A locus-meta that says what a test wants: which blocks lie where, and how busy each node is."""

import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from dataclasses import dataclass
from typing import Any

import grpc

from locus_e2e import stubs

# Below the second that the contract promises, and within what a reader takes for news.
_BEAT_SECONDS = 0.3
_STREAMS = 8
_DATA_PORT = 29999


@dataclass(frozen=True)
class Block:
    """Bytes of an input, and the nodes that hold a copy; none: cached nowhere."""

    size: int
    nodes: tuple[str, ...]


class LocalityDouble:
    """A LocalityService on a port of its own, from construction to close(). Every copy lies in MEM."""

    def __init__(self, inputs: Mapping[str, Sequence[Block]], loads: Mapping[str, float] | None = None) -> None:
        """`inputs`: URI -> blocks; any other one is unknown. `loads`: node -> 0 to 1; a node without does not tell."""
        self._inputs = inputs
        self._lock = threading.Lock()
        self._loads = dict(loads or {})
        self._epoch = 1
        self._streams: list[queue.Queue[Any]] = []
        self._closing = False
        self._messages = stubs.module("locality_pb2")
        self._types = stubs.module("types_pb2")
        services = stubs.module("locality_pb2_grpc")
        double = self

        class Service(services.LocalityServiceServicer):  # type: ignore[misc,name-defined]
            def WatchLocality(self, requests: Any, context: Any) -> Iterator[Any]:  # pylint: disable=invalid-name
                return double._watch(requests, context)

            def SampleBlocks(self, request: Any, _context: Any) -> Any:  # pylint: disable=invalid-name
                return double._sample(request.input)

        self._server = grpc.server(futures.ThreadPoolExecutor(_STREAMS))
        services.add_LocalityServiceServicer_to_server(Service(), self._server)
        self.target = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def set_load(self, node: str, load: float) -> None:
        """The node reports another load from now on."""
        with self._lock:
            self._loads[node] = load
            self._epoch += 1
            answer = self._answer()
            answer.workers.CopyFrom(self._workers())
            for stream in self._streams:
                stream.put(answer)

    def close(self) -> None:
        """Ends all streams."""
        self._closing = True
        self._server.stop(grace=None).wait(5)

    def _watch(self, requests: Any, context: Any) -> Iterator[Any]:
        answers: queue.Queue[Any] = queue.Queue()
        reader = threading.Thread(target=self._read, args=(requests, answers), daemon=True)
        with self._lock:
            self._streams.append(answers)
            first = self._answer()
            first.workers.CopyFrom(self._workers())
        reader.start()
        yield first
        try:
            while context.is_active() and not self._closing:
                try:
                    yield answers.get(timeout=_BEAT_SECONDS)
                except queue.Empty:
                    yield self._answer()
        finally:
            with self._lock:
                self._streams.remove(answers)

    def _read(self, requests: Any, answers: "queue.Queue[Any]") -> None:
        try:
            for request in requests:
                answer = self._answer()
                answer.inputs.extend(self._describe(uri) for uri in request.add)
                answers.put(answer)
        except grpc.RpcError:
            pass  # The stream has ended.

    def _answer(self) -> Any:
        return self._messages.WatchLocalityResponse(freshness=self._types.Freshness(run=1, epoch=self._epoch))

    def _describe(self, uri: str) -> Any:
        states = self._messages.InputLocality
        if uri not in self._inputs:
            return states(input=uri, state=states.UNKNOWN)
        blocks = self._inputs[uri]
        found = states(
            input=uri,
            state=states.KNOWN,
            length_bytes=sum(block.size for block in blocks),
            cached_bytes=sum(block.size for block in blocks if block.nodes),
            files=1,
            blocks=len(blocks),
        )
        for node in sorted({node for block in blocks for node in block.nodes}):
            size = sum(block.size for block in blocks if node in block.nodes)
            tier = self._types.TierBytes(tier=self._types.TIER_MEM, bytes=size)
            found.holders.add(address=self._address(node), node=node, tiers=[tier])
        return found

    def _workers(self) -> Any:
        holders = {node for blocks in self._inputs.values() for block in blocks for node in block.nodes}
        workers = self._messages.WorkerList()
        for node in sorted(holders | self._loads.keys()):
            worker = workers.workers.add(address=self._address(node), node=node, state=self._messages.Worker.LIVE)
            if node in self._loads:
                worker.load.overall = self._loads[node]
        return workers

    def _sample(self, uri: str) -> Any:
        cached = [block for block in self._inputs.get(uri, ()) if block.nodes]
        names = sorted({node for block in cached for node in block.nodes})
        number = {name: index for index, name in enumerate(names)}
        answer = self._messages.SampleBlocksResponse(nodes=names, cached_blocks=len(cached))
        for block in cached:
            answer.blocks.add(length_bytes=block.size, nodes=sorted(number[node] for node in block.nodes))
        return answer

    def _address(self, node: str) -> Any:
        return self._types.HolderAddress(host=node, data_port=_DATA_PORT)
