"""Clients that do what no client should: nonsense, bytes one at a time, connections by the thousand."""

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

_SECONDS = 10.0
_AT_ONCE = 8
_DRIP_SECONDS = 0.25
# One of a crowd gives up after it.
_KNOCK_SECONDS = 0.2
# 127.0.0.0/8 is this machine; each address has ports of its own.
_SOURCES = tuple(f"127.0.1.{number}" for number in range(1, 9))


def _request(line: str, body: bytes = b"", *fields: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = "\r\n".join((f"{line} HTTP/1.1", "Host: a", f"Content-Length: {size}", *fields, "", ""))
    return head.encode() + body


_TLS_HELLO = bytes.fromhex("16030100310100002d0303") + bytes(32) + bytes.fromhex("000006130113021303010000")
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# To a port that speaks HTTP and takes the calls of a kube-scheduler.
TO_EXTENDER = {
    "half an object": _request("POST /prioritize", b'{"Pod": {"metadata": '),
    "no object": _request("POST /prioritize", b"[1, 2, 3]"),
    "no pod": _request("POST /prioritize", b'{"NodeNames": ["node-1"]}'),
    "no UTF-8": _request("POST /filter", b'{"Pod": {"metadata": {"name": "\xff\xfe"}}, "NodeNames": []}'),
    "another type": _request("POST /prioritize", b"<pod/>", "Content-Type: text/xml"),
    "a method that is none here": _request("DELETE /prioritize"),
    "a path that is none": _request("GET /../../etc/passwd"),
    "a body that is too large": _request("POST /prioritize", length=1 << 40),
    "a body that is cut off": _request("POST /prioritize", b'{"Pod', length=100000),
    "a body that is said to be compressed": _request("POST /prioritize", b"\x1f\x8b", "Content-Encoding: gzip"),
    "no HTTP": b"\x00\x01\x02\x03 hello\r\n\r\n",
    "HTTP/2": _PREFACE + bytes(9),
    "TLS": _TLS_HELLO,
}
# To a port that speaks gRPC.
TO_GRPC = {
    "HTTP/1.1": _request("GET /"),
    "TLS": _TLS_HELLO,
    "a frame of a kind that is none": _PREFACE + bytes.fromhex("000004ff0000000000deadbeef"),
    "a frame that is too large": _PREFACE + bytes.fromhex("ffffff000100000001"),
    "a call that is garbage": _PREFACE + bytes(9) + bytes.fromhex("000005010500000001ffffffffff"),
    "nothing": b"",
}


def _connect(target: str, source: str = "", seconds: float = _SECONDS) -> socket.socket:
    host, _, port = target.rpartition(":")
    return socket.create_connection((host, int(port)), seconds, (source, 0) if source else None)


def _say(target: str, words: bytes) -> None:
    """And hears out the answer, whatever it is."""
    # A server may well close at once.
    with contextlib.suppress(ConnectionError), _connect(target) as client:
        client.sendall(words)
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass


def talk_nonsense(targets: Sequence[tuple[str, dict[str, bytes]]], count: int) -> None:
    """So many requests in all, in turns, several at once. Returns when each has been answered, or its connection
    closed, within seconds."""
    kinds = itertools.cycle([(target, words) for target, them in targets for words in them.values()])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(_say, *next(kinds)) for _ in range(count)]:
            done.result()


@contextlib.contextmanager
def during(work: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Does it in a thread meanwhile; the value tells whether it goes on still. At the end it is waited for."""
    problems: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as problem:  # pylint: disable=broad-except
            problems.append(problem)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread.is_alive
    finally:
        thread.join()
    assert not problems, problems[0]


@contextlib.contextmanager
def dripping(starts: Sequence[tuple[str, bytes]]) -> Iterator[None]:
    """Connections that say a start and then a byte now and then, until the server closes them or the block ends."""
    clients = []
    for target, start in starts:
        client = _connect(target)
        client.sendall(start)
        clients.append(client)
    closing = threading.Event()

    def drip() -> None:
        while not closing.wait(_DRIP_SECONDS):
            for client in clients:
                with contextlib.suppress(OSError):
                    client.send(b"a")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield
    finally:
        closing.set()
        thread.join()
        for client in clients:
            client.close()


@contextlib.contextmanager
def deaf(targets: Sequence[str], ask: bytes) -> Iterator[None]:
    """Connections that ask for more than buffers hold, and read nothing."""
    clients = []
    for target in targets:
        client = _connect(target)
        client.setblocking(False)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            try:
                client.send(ask * 100)
            except BlockingIOError:
                break
        clients.append(client)
    try:
        yield
    finally:
        for client in clients:
            client.close()


@contextlib.contextmanager
def crowd(target: str, count: int, addresses: int = len(_SOURCES)) -> Iterator[int]:
    """Opens so many connections from so many addresses, which say nothing. Those that the server leaves open stay so.
    The value: how many it has closed by then."""
    held = []
    closed = 0
    for number in range(count):
        try:
            client = _connect(target, _SOURCES[number % addresses], _KNOCK_SECONDS)
        except OSError:
            closed += 1
            continue
        client.setblocking(False)
        held.append(client)
        if len(held) % 100 == 0:
            closed += _let_go(held)
    try:
        yield closed + _let_go(held)
    finally:
        for client in held:
            client.close()


def _let_go(held: list[socket.socket]) -> int:
    """Of those that the server has closed."""
    gone = []
    for client in held:
        try:
            if client.recv(1) == b"":
                gone.append(client)
        except BlockingIOError:
            pass
        except OSError:
            gone.append(client)
    for client in gone:
        held.remove(client)
        client.close()
    return len(gone)
