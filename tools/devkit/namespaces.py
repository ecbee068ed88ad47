"""Whether this machine lets us make network namespaces, of which the tier `spark` makes nodes and pods."""

import os
import subprocess


def why_not() -> str | None:
    """The reason why they cannot be had; None when they can."""
    if os.geteuid() != 0:
        return "nodes and pods are network namespaces, which only root may make; start as root"
    name = f"locus-{os.getpid()}-probe"
    link = f"lt{os.getpid()}"
    # All that is needed: a namespace, a pair of devices into it, a bridge. What was made goes with the namespace.
    tries = (
        ("netns", "add", name),
        ("-n", name, "link", "add", link, "type", "veth", "peer", "name", "eth0"),
        ("-n", name, "link", "add", "br0", "type", "bridge"),
        ("netns", "exec", name, "true"),
    )
    try:
        for arguments in tries:
            done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                said = f"`ip {' '.join(arguments)}` said: {done.stderr.strip()}"
                return f"{said}; in a container, give it NET_ADMIN and SYS_ADMIN"
    finally:
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return None
