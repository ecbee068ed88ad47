"""Nodes and pods as network namespaces of this machine: each has an address of its own, and calls from it.

    root namespace: a bridge with the hub's address     (control plane, Alluxio's master, locus-meta, drivers)
      |  one pair of devices a node: its uplink         (counts what the node sends and receives; may be throttled)
    node: a bridge with the node's address              (Alluxio's worker, its agent, pods with hostNetwork)
      |  one pair of devices a pod
    pod: its own address                                (an executor)

So nothing between a pod and its own node touches the uplink. All addresses are of one private range that was not in
use. Needs root. Thread-safe. Names carry this process' id: what a run left that was killed
goes when the next one starts.
"""

import contextlib
import fcntl
import ipaddress
import itertools
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Second bytes of the ranges 10.x.0.0/16 that may be taken.
_RANGES = range(60, 90)
_PREFIX_BITS = 16
_LAST_POD = 250
# /etc/<file> is /etc/netns/<namespace>/<file> for what `ip netns exec` starts.
_ETC = Path("/etc/netns")
_LOCK = Path(tempfile.gettempdir()) / "locus-network.lock"
UPLINK = "eth0"
# Tells the networks of one process apart.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_made = itertools.count()


@dataclass(frozen=True)
class Seat:
    """Where a process runs: a namespace ("" is the machine's own), and the address that it has there. In it, `hostname`
    is the machine's name and resolves to that address."""

    namespace: str
    address: str
    hostname: str = ""

    def command(self, argv: Sequence[object]) -> list[str]:
        """The command that runs `argv` there; it becomes that process, without a child."""
        plain = [str(part) for part in argv]
        if not self.namespace:
            return plain
        named = ["unshare", "--uts", "--", "sh", "-c", 'hostname "$0" && exec "$@"', self.hostname]
        return ["ip", "netns", "exec", self.namespace, *named, *plain]


@dataclass(frozen=True)
class Traffic:
    """Bytes over an uplink, as the node sees it."""

    sent: int
    received: int

    def __sub__(self, before: "Traffic") -> "Traffic":
        return Traffic(self.sent - before.sent, self.received - before.received)


@dataclass(frozen=True)
class NetworkNode:
    """A node. Its uplink has two ends: `uplink` in the machine's own namespace, UPLINK in the node's."""

    name: str
    number: int
    seat: Seat
    uplink: str

    def traffic(self) -> Traffic:
        """Since the node exists."""
        folder = Path("/sys/class/net") / self.uplink / "statistics"
        # What this end receives the node has sent.
        return Traffic(int((folder / "rx_bytes").read_text()), int((folder / "tx_bytes").read_text()))


class Network:
    """A hub, nodes, and pods that come and go."""

    # The second byte of all addresses.
    _range: int

    def __init__(self, nodes: Sequence[str]) -> None:
        """At most 100 nodes."""
        letter = _LETTERS[next(_made) % len(_LETTERS)]
        self._id = f"locus-{os.getpid()}-{letter}"
        # Names of devices have 15 characters at most.
        self._bridge = f"lt{os.getpid()}{letter}"
        self._lock = threading.RLock()
        # Name -> the line of its own address.
        self._namespaces: dict[str, str] = {}
        self._next_pod: dict[str, int] = {}
        self._pods: dict[str, Seat] = {}
        self._hosts = 0
        self._services: dict[str, str] = {}
        self.nodes: dict[str, NetworkNode] = {}
        with _exclusive():
            sweep()
            self._range = _unused_range()
            _ip(
                f"link add {self._bridge} type bridge",
                f"addr add {self._address(0, 1)}/{_PREFIX_BITS} dev {self._bridge}",
                f"link set {self._bridge} up",
            )
        try:
            for number, name in enumerate(nodes, 1):
                self.nodes[name] = self._add_node(name, number)
        except BaseException:
            self.close()
            raise

    @property
    def hub(self) -> Seat:
        """The machine's own namespace, as nodes and pods see it."""
        return Seat("", self._address(0, 1))

    def add_pod(self, node: str, name: str) -> Seat:
        """A pod on a node, with an address that no pod of that node has had for a while."""
        at = self.nodes[node]
        with self._lock:
            last = self._free_pod_number(at)
            seat = self._add_namespace(f"{at.number}-{last}", self._address(at.number, last), name)
            device = f"p{last}"
            _ip(
                f"link add {device} type veth peer name {UPLINK} netns {seat.namespace}",
                f"link set {device} master br0 up",
                inside=at.seat.namespace,
            )
            self._open(seat)
            self._pods[seat.address] = seat
            return seat

    def remove_pod(self, seat: Seat) -> None:
        """Its processes must have ended."""
        with self._lock:
            del self._pods[seat.address]
            self._remove_namespace(seat.namespace)

    def add_host(self, name: str) -> Seat:
        """A machine on the hub that is no node; it stays."""
        with self._lock:
            self._hosts += 1
            device = f"{self._bridge}h{self._hosts}"
            seat = self._add_namespace(f"h{self._hosts}", self._address(0, 200 + self._hosts), name)
            _ip(
                f"link add {device} type veth peer name {UPLINK} netns {seat.namespace}",
                f"link set {device} master {self._bridge} up",
            )
            self._open(seat)
            return seat

    def name_services(self, services: Mapping[str, str]) -> None:
        """Names, and the address of each, that all namespaces know from now on, in place of those of the last call."""
        with self._lock:
            self._services = dict(services)
            for namespace, own in self._namespaces.items():
                self._write_hosts(namespace, own)

    def close(self) -> None:
        """Removes all of it. Processes in it should have ended."""
        with self._lock:
            for namespace in list(self._namespaces):
                self._remove_namespace(namespace)
            _remove_links(self._bridge)

    def _free_pod_number(self, node: NetworkNode) -> int:
        for _ in range(_LAST_POD):
            last = self._next_pod.get(node.name, 0) % _LAST_POD + 1
            self._next_pod[node.name] = last
            if self._address(node.number, last) not in self._pods:
                return last
        raise RuntimeError(f"{node.name} has no address left")

    def _address(self, third: int, fourth: int) -> str:
        return f"10.{self._range}.{third}.{fourth}"

    def _add_node(self, name: str, number: int) -> NetworkNode:
        seat = self._add_namespace(f"n{number}", self._address(0, 10 + number), name)
        uplink = f"{self._bridge}n{number}"
        _ip(
            f"link add {uplink} type veth peer name {UPLINK} netns {seat.namespace}",
            f"link set {uplink} master {self._bridge} up",
        )
        _ip(
            "link add br0 type bridge",
            f"addr add {seat.address}/{_PREFIX_BITS} dev br0",
            "link set br0 up",
            f"link set {UPLINK} master br0 up",
            inside=seat.namespace,
        )
        return NetworkNode(name, number, seat, uplink)

    def _add_namespace(self, what: str, address: str, hostname: str) -> Seat:
        namespace = f"{self._id}-{what}"
        files = _ETC / namespace
        files.mkdir(parents=True, exist_ok=True)
        self._namespaces[namespace] = f"{address} {hostname}"
        self._write_hosts(namespace, self._namespaces[namespace])
        # Nobody answers questions for names in there: better a refusal than a wait.
        (files / "resolv.conf").write_text("")
        _ip(f"netns add {namespace}")
        _ip("link set lo up", inside=namespace)
        return Seat(namespace, address, hostname)

    def _open(self, seat: Seat) -> None:
        _ip(
            f"addr add {seat.address}/{_PREFIX_BITS} dev {UPLINK}",
            f"link set {UPLINK} up",
            inside=seat.namespace,
        )

    def _write_hosts(self, namespace: str, own: str) -> None:
        named = (f"{address} {name}" for name, address in sorted(self._services.items()))
        # In place: processes see this very file.
        (_ETC / namespace / "hosts").write_text("\n".join(["127.0.0.1 localhost", own, *named, ""]))

    def _remove_namespace(self, namespace: str) -> None:
        del self._namespaces[namespace]
        _drop(namespace)


def sweep() -> None:
    """Removes what runs left that could not clean up after themselves."""
    for namespace in _names("netns", "list"):
        owner = re.fullmatch(r"locus-(\d+)-\S+", namespace)
        if owner and not Path(f"/proc/{owner.group(1)}").exists():
            _drop(namespace)
    for bridge in _names("link", "show", "type", "bridge"):
        owner = re.fullmatch(r"lt(\d+)[a-z]", bridge)
        if owner and not Path(f"/proc/{owner.group(1)}").exists():
            _remove_links(bridge)


def _drop(namespace: str) -> None:
    subprocess.run(["ip", "netns", "del", namespace], capture_output=True, check=False)
    shutil.rmtree(_ETC / namespace, ignore_errors=True)
    with contextlib.suppress(OSError):
        _ETC.rmdir()


def _remove_links(bridge: str) -> None:
    """A bridge and all devices that are joined to it."""
    joined = _names("link", "show", "master", bridge)
    for link in (*joined, bridge):
        subprocess.run(["ip", "link", "del", link], capture_output=True, check=False)


def _names(*question: str) -> list[str]:
    said = subprocess.run(["ip", "-json", *question], capture_output=True, text=True, check=False).stdout
    listed = json.loads(said) if said.strip() else []
    return [str(one.get("name") or one["ifname"]) for one in listed if one]


def _unused_range() -> int:
    said = subprocess.run(["ip", "-json", "route", "show", "table", "all"], capture_output=True, text=True, check=True)
    routed = []
    for route in json.loads(said.stdout):
        with contextlib.suppress(ValueError):
            routed.append(ipaddress.ip_network(route["dst"], strict=False))
    for second in _RANGES:
        wanted = ipaddress.ip_network(f"10.{second}.0.0/{_PREFIX_BITS}")
        if not any(wanted.overlaps(one) for one in routed if one.version == 4 and one.prefixlen):
            return second
    raise RuntimeError(f"all of 10.{_RANGES.start}.0.0 to 10.{_RANGES.stop - 1}.0.0 are in use on this machine")


@contextlib.contextmanager
def _exclusive() -> Iterator[None]:
    """Two runs that start at once must not choose the same range."""
    with _LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _ip(*lines: str, inside: str = "") -> None:
    """Several commands of `ip` at once; raises RuntimeError with its words."""
    where = ["-n", inside] if inside else []
    done = subprocess.run(
        ["ip", *where, "-batch", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(where)}: {'; '.join(lines)}\n{done.stderr}")
