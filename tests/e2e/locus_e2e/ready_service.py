"""Stands for a Service of Kubernetes: one address for those of several servers that are ready."""

import contextlib
import socket
import threading
from collections.abc import Sequence

import urllib3

from locus_e2e.daemon import Daemon

_PIECE = 1 << 16


class ReadyService:
    """Passes each new connection on to the first server that says it is ready; with none it is closed. What stands is
    left alone, as kube-proxy does. Listens from construction to close()."""

    def __init__(self) -> None:
        self._servers: Sequence[Daemon] = ()
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, name="service", daemon=True).start()

    @property
    def target(self) -> str:
        """host:port."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def select(self, servers: Sequence[Daemon]) -> None:
        """The servers behind it, which have an admin port beside the one that is meant."""
        self._servers = servers

    def close(self) -> None:
        """Takes no further connection."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            chosen = next((server for server in self._servers if _ready(server)), None)
            if chosen is None:
                return
            host, port = chosen.target().split(":")
            with socket.create_connection((host, int(port))) as server:
                threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()
                _pass_on(server, client)


def _ready(server: Daemon) -> bool:
    try:
        return server.get("/readyz", "admin").status == 200
    except urllib3.exceptions.HTTPError:
        return False


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Until one of them ends; then both do."""
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            sink.sendall(piece)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
