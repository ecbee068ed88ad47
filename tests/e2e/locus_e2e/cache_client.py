"""Fills workers' caches through CacheService.Load."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

from locus_e2e import stubs
from locus_e2e.dataset import CachedFile

_LOAD_SECONDS = 120.0


class LoadFailed(Exception):
    """A worker could not load a file; the text is its own."""


def plaintext(target: str) -> grpc.Channel:
    """To host:port."""
    return grpc.insecure_channel(target, options=[("grpc.enable_http_proxy", 0)])


def load(targets: dict[str, str], plan: list[CachedFile], channel: Callable[[str], grpc.Channel] = plaintext) -> None:
    """Loads each file of `plan` on its node; `targets` maps a node to its worker's gRPC address. Nodes work at the
    same time, files of one node one after another. Raises LoadFailed."""
    by_node = {node: [file for file in plan if file.node == node] for node in targets}
    with ThreadPoolExecutor(len(by_node)) as pool:
        for done in [pool.submit(_load_node, targets[node], files, channel) for node, files in by_node.items()]:
            done.result()


def _load_node(target: str, files: list[CachedFile], channel_to: Callable[[str], grpc.Channel]) -> None:
    messages, services, types = stubs.module("cache_pb2"), stubs.module("cache_pb2_grpc"), stubs.module("types_pb2")
    with channel_to(target) as channel:
        cache = services.CacheServiceStub(channel)
        for file in files:
            request = messages.LoadRequest(path=file.path, tier=types.Tier.Value(f"TIER_{file.tier}"))
            last = None
            try:
                for last in cache.Load(request, timeout=_LOAD_SECONDS):
                    pass
            except grpc.RpcError as error:
                raise LoadFailed(f"{target} {file.path}: {error.code().name}: {error.details()}") from error
            if last is None or not last.done or last.problems or last.files_done != 1:
                raise LoadFailed(f"{target} {file.path}: ended with {last}")
