"""Ports for servers that cannot tell which one the kernel gave them."""

import socket


def free_port(host: str = "127.0.0.1") -> int:
    """A port of `host` that was free a moment ago. Somebody else may take it first: be ready to start again."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
