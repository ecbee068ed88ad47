"""A real kube-scheduler that asks the extender by TLS and shows a certificate."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import urllib3
from locus_e2e import extender as extenders
from locus_e2e import scheduler_config, session, settings
from locus_e2e.certificates import Authority, Pair
from locus_e2e.cluster import NAMESPACE, Node
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon
from locus_e2e.kube_api import Object
from locus_e2e.planes import LOCUS_SCHEDULER, KubePlane
from locus_e2e.processes import Processes
from locus_e2e.spark import Application, executor

_NODES = [Node(f"secured-{n}", f"10.9.0.{n}", 4000, 8192) for n in (1, 2)]
_APP = Application("secured", ("alluxio:///nobody/knows",), 1, "spark-secured")
_REFUSED = 'locus_tls_handshake_failures_total{use="listen"}'


class Secured:
    """An extender that asks for certificates of `authority`."""

    def __init__(self, folder: Path, processes: Processes) -> None:
        self.authority = Authority(folder / "certificates")
        pair = self.authority.issue("locus-extender", "DNS:locus-extender,IP:127.0.0.1")
        tls = {**pair.fields(), "client_ca_file": str(self.authority.certificate)}
        configuration = {"listen": {"tls": tls}, "metadata": {"target": "127.0.0.1:1"}}
        self.daemon = Daemon(
            "extender", settings.programs().extender, folder, configuration, extenders.LISTEN, processes
        )
        self.daemon.start()
        self.url = f"https://{self.daemon.target()}"

    def get(self, path: str, pair: Pair | None) -> urllib3.BaseHTTPResponse:
        """With or without a certificate."""
        client = urllib3.PoolManager(
            ca_certs=str(self.authority.certificate),
            cert_file=str(pair.certificate) if pair else None,
            key_file=str(pair.key) if pair else None,
            retries=False,
        )
        return client.request("GET", self.url + path, timeout=5.0)

    def series(self, series: str) -> float:
        """/metrics needs no certificate."""
        for line in self.get("/metrics", None).data.decode().splitlines():
            if line.startswith(series + " "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def scheduler(self, pair: Pair) -> Object:
        """The part of a kube-scheduler's configuration that docs/security.md shows."""
        (extender,) = scheduler_config.with_locus(self.url, with_filter=True)["extenders"]
        tls = {"caFile": str(self.authority.certificate), "certFile": str(pair.certificate), "keyFile": str(pair.key)}
        return {"extenders": [{**extender, "enableHTTPS": True, "tlsConfig": tls}]}


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Secured]:
    """Ends with the test."""
    with Processes(tmp_path) as processes:
        yield Secured(tmp_path, processes)


@session.every_version
def test_kube_scheduler_shows_its_certificate(control: ControlPlane, secured: Secured) -> None:
    """And its calls arrive: the extender has a decision on record, for those who may see it."""
    pair = secured.authority.issue("kube-scheduler", "DNS:kube-scheduler")
    with closing(KubePlane(control, _NODES, secured.url, scheduler=secured.scheduler(pair))) as plane:
        (binding,) = plane.place([executor(_APP, 1, LOCUS_SCHEDULER)])
        assert secured.get(f"/v1/explain/{NAMESPACE}/{binding.pod}", pair).status == 200
        assert secured.get(f"/v1/explain/{NAMESPACE}/{binding.pod}", None).status == 401
        assert secured.series(_REFUSED) == 0


@session.newest_version
def test_a_scheduler_that_is_not_known_places_pods_without_locus(
    control: ControlPlane, secured: Secured, tmp_path: Path
) -> None:
    """`ignorable: true`. One counter tells what happened."""
    stranger = Authority(tmp_path / "others").issue("kube-scheduler", "DNS:kube-scheduler")
    with closing(KubePlane(control, _NODES, secured.url, scheduler=secured.scheduler(stranger))) as plane:
        (binding,) = plane.place([executor(_APP, 1, LOCUS_SCHEDULER)])
        assert binding.node in {node.name for node in _NODES}
        assert secured.series(_REFUSED) > 0
        known = secured.authority.issue("reader", "DNS:reader")
        assert secured.get(f"/v1/explain/{NAMESPACE}/{binding.pod}", known).status == 404
