"""What the kernel has counted on the connections of a namespace."""

import re
import subprocess
from collections import Counter

from locus_e2e.network import Seat

_PEER = re.compile(r"\s\S+:\d+\s+\[?(?:::ffff:)?([\d.]+)\]?:\d+\s*")
_RECEIVED = re.compile(r"\bbytes_received:(\d+)")


def received(seat: Seat, port: int) -> Counter[str]:
    """Peer's address -> bytes that came from its `port` over connections that are open now."""
    question = ["ss", "-tinH", "state", "established", f"( dport = :{port} )"]
    said = subprocess.run(seat.command(question), capture_output=True, text=True, check=True).stdout
    found: Counter[str] = Counter()
    peer = ""
    for line in said.splitlines():
        head = _PEER.search(line)
        if head and not line.startswith("\t"):
            peer = head.group(1)
        count = _RECEIVED.search(line)
        if count and peer:
            found[peer] += int(count.group(1))
    return found
