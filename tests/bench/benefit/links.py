"""The uplinks of a test network's nodes: how fast they are, and what keeps one busy."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

from locus_e2e.network import UPLINK, Network, NetworkNode
from locus_e2e.processes import Processes

# Bits in a second by name, slowest first; None: as fast as the machine copies.
RATES: dict[str, int | None] = {
    "100 Mbit/s": 100_000_000,
    "300 Mbit/s": 300_000_000,
    "1 Gbit/s": 1_000_000_000,
    "uncapped": None,
}
# What a bucket holds: some milliseconds of the rate, and never less than a few packets of 64 KiB.
_BURST_SECONDS, _LEAST_BURST = 0.005, 192 << 10
_LATENCY = "50ms"
_CHUNK = 1 << 16


def limit(network: Network, rate: int | None) -> None:
    """All uplinks, in both directions."""
    for node in network.nodes.values():
        for device, inside in ((node.uplink, ""), (UPLINK, node.seat.namespace)):
            where = ["-n", inside] if inside else []
            subprocess.run(["tc", *where, "qdisc", "del", "dev", device, "root"], capture_output=True, check=False)
            if rate is None:
                continue
            burst = max(_LEAST_BURST, int(rate / 8 * _BURST_SECONDS))
            shape = ["tbf", "rate", f"{rate}bit", "burst", str(burst), "latency", _LATENCY]
            subprocess.run(["tc", *where, "qdisc", "add", "dev", device, "root", *shape], check=True)


_SENDER = """
import socket, sys
data = bytes(1 << 16)
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as peer:
    while True:
        peer.sendall(data)
"""


@contextlib.contextmanager
def busy(network: Network, node: NetworkNode, processes: Processes) -> Iterator[None]:
    """Somebody else sends as much as the node's uplink takes, to the hub."""
    with socket.create_server((network.hub.address, 0)) as server:
        sender = processes.start(
            "busy-node", node.seat.command([sys.executable, "-c", _SENDER, *map(str, server.getsockname()[:2])])
        )
        peer, _ = server.accept()
        reader = threading.Thread(target=_drain, args=(peer,), daemon=True)
        reader.start()
        # Until the bucket is empty.
        time.sleep(1.0)
        try:
            yield
        finally:
            sender.kill()
            reader.join()


def _drain(peer: socket.socket) -> None:
    with peer, contextlib.suppress(OSError):
        while peer.recv(_CHUNK):
            pass
