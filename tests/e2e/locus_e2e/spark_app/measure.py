"""One scan, and all that is known of it from outside of Locus: its sums, Spark's tasks, the kernel's bytes."""

from collections import Counter
from dataclasses import dataclass

from locus_e2e.kubelet.running_pod import RunningPod
from locus_e2e.spark_app import sockets
from locus_e2e.spark_app.application import Scan, SparkApplication, Sums
from locus_e2e.spark_app.rest import SparkRest, Tasks
from locus_e2e.spark_site import SparkSite

_WORKER_PORT = 29999


@dataclass(frozen=True)
class Measured:
    """A finished scan."""

    scan: Scan
    tasks: Tasks
    # Bytes that executors have received from the worker of their own node, and from the others.
    own: int
    others: int
    # Bytes that nodes have sent over their uplinks meanwhile, whatever they were: an upper bound of what was read from
    # other nodes. All that runs counts, so also other applications.
    crossed: int

    @property
    def sums(self) -> Sums:
        """Of what was read."""
        return self.scan.sums

    def own_share(self) -> float:
        """Of the bytes that executors have received."""
        return self.own / max(1, self.own + self.others)

    def short_of(self, promise: float, table_bytes: int, besides: int = 0) -> list[str]:
        """What was not kept of a promise that so much of all tasks and of a table's bytes is local; nothing when all
        was. Bytes are judged both ways: what came from the own node, and what cannot have come from elsewhere.
        `besides`: bytes that may have crossed links for another reason."""
        allowed = (1 - promise) * table_bytes
        kept = {
            f"{self.tasks.local():.1%} of tasks are local ({self.tasks})": self.tasks.local() >= promise,
            f"{self.own} of {table_bytes} bytes came from the own node": self.own >= promise * table_bytes,
            f"{self.others} bytes came from other nodes, allowed are {allowed:.0f}": self.others <= allowed,
            f"{self.crossed} bytes crossed links, allowed are {allowed + besides:.0f}": self.crossed
            <= allowed + besides,
        }
        return [what for what, held in kept.items() if not held]

    def __str__(self) -> str:
        return (
            f"{self.tasks}; {self.own / 1e6:.1f} MB from the own node, {self.others / 1e6:.1f} MB from others, "
            f"{self.crossed / 1e6:.1f} MB over all links; {self.scan.seconds:.1f} s"
        )


class Meter:
    """Measures scans of one application."""

    def __init__(self, site: SparkSite, application: SparkApplication) -> None:
        self._site = site
        self.application = application
        self.rest = SparkRest(application)
        self._before: Counter[tuple[str, str]] = Counter()
        self._sent = 0

    def scan(self, format_: str, *uris: str) -> Measured:
        """Does a scan. Raises JobFailed."""
        self.begin(format_, *uris)
        return self.end()

    def begin(self, format_: str, *uris: str) -> str:
        """Starts a scan and returns its tag."""
        self._before = self._received()
        self._sent = self._sent_by_nodes()
        return self.application.begin_scan(format_, *uris)

    def end(self) -> Measured:
        """Waits for the scan. Raises JobFailed."""
        scan = self.application.end_scan()
        # At once: what follows asks questions over the same links.
        crossed = self._sent_by_nodes() - self._sent
        grown = self._received()
        # A connection that has closed meanwhile is not in it: never below zero.
        grown.subtract(self._before)
        own = others = 0
        for (node, peer), count in grown.items():
            if peer == self._site.host(node):
                own += max(0, count)
            else:
                others += max(0, count)
        return Measured(scan, self.rest.reading(scan), own, others, crossed)

    def executors(self) -> list[RunningPod]:
        """Those whose process runs."""
        return self._site.kubelet.pods({"spark-app-selector": self.application.id, "spark-role": "executor"})

    def nodes(self) -> Counter[str]:
        """Node -> its executors."""
        return Counter(one.node for one in self.executors())

    def _received(self) -> Counter[tuple[str, str]]:
        """(node of an executor, worker's address) -> bytes."""
        found: Counter[tuple[str, str]] = Counter()
        for node, seat in {(one.node, one.seat) for one in self.executors()}:
            for peer, count in sockets.received(seat, _WORKER_PORT).items():
                found[node, peer] += count
        return found

    def _sent_by_nodes(self) -> int:
        return sum(node.traffic().sent for node in self._site.network.nodes.values())
