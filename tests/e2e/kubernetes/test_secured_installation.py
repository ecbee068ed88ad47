"""The overlay store with the component tls, on a real API server, all of it as the manifests start it: pods land on
their data, and who is not known is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest
import urllib3
from locus_e2e import cache_client, faulty_cluster, rendered, stubs, tls_secrets
from locus_e2e.certificates import Authority, Caller
from locus_e2e.faulty_cluster import EXTENDERS, HOLDER, METAS, WORKERS, FaultyCluster, worker_of
from locus_e2e.waiting import until

# kube-scheduler signs its own certificate, and a kubelet checks none.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

# One of each.
_SERVERS = {"meta": METAS[0], "worker": worker_of(HOLDER), "extender": EXTENDERS[0]}
_SECONDS = 10.0
_SOON_SECONDS = 30.0


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Of all parts."""
    return Authority(tmp_path_factory.mktemp("known") / "authority")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """That no part trusts."""
    return Authority(tmp_path_factory.mktemp("other") / "authority")


@pytest.fixture(scope="module")
def scene(run_folder: Path, known: Authority) -> Iterator[FaultyCluster]:
    """Not changed by any test."""
    objects = [*tls_secrets.secrets(known), *rendered.installation("store+tls")]
    with faulty_cluster.open_cluster(run_folder, objects=objects, caller=_person(known)) as opened:
        yield opened


def _person(authority: Authority, trusted: Authority | None = None) -> Caller:
    """As docs/security.md says for locusctl: one name for all servers."""
    pair = authority.issue("locusctl", "DNS:locusctl")
    return Caller((trusted or authority).certificate, pair, "locus")


def _workers(channel: grpc.Channel) -> None:
    stub = stubs.module("locality_pb2_grpc").LocalityServiceStub(channel)
    stub.ListWorkers(stubs.module("locality_pb2").ListWorkersRequest(), timeout=_SECONDS)


def _status(channel: grpc.Channel) -> None:
    stub = stubs.module("cache_pb2_grpc").CacheServiceStub(channel)
    stub.Status(stubs.module("cache_pb2").StatusRequest(), timeout=_SECONDS)


_CALLS: dict[str, Callable[[grpc.Channel], None]] = {"meta": _workers, "worker": _status}


def _said(scene: FaultyCluster, server: str, open_channel: Callable[[str], grpc.Channel]) -> grpc.StatusCode:
    """By the gRPC port of that server."""
    with open_channel(scene.part(_SERVERS[server]).target) as channel:
        try:
            _CALLS[server](channel)
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


def _get(scene: FaultyCluster, path: str, caller: Caller) -> int:
    """Of the port of the extender that kube-scheduler asks."""
    client = urllib3.PoolManager(
        ca_certs=str(caller.authority), retries=False, timeout=_SECONDS,
        cert_file=str(caller.pair.certificate) if caller.pair else None,
        key_file=str(caller.pair.key) if caller.pair else None,
    )  # fmt: skip
    return client.request("GET", f"https://{scene.part(_SERVERS['extender']).target}{path}").status


def test_pods_land_on_their_data_and_each_worker_is_proven(scene: FaultyCluster) -> None:
    """By calls of the real kube-scheduler, which shows its certificate. Nobody was refused on the way."""
    asked = sum(scene.values("locus-extender", "locus_extender_decisions_total"))
    assert [scene.place() for _ in range(4)] == [HOLDER] * 4
    assert sum(scene.values("locus-extender", "locus_extender_decisions_total")) >= asked + 4
    assert scene.values("locus-meta", 'locus_meta_workers{state="live"}') == [len(WORKERS)] * len(METAS)
    for program in ("locus-meta", "locus-worker", "locus-extender"):
        assert sum(scene.values(program, "locus_access_refused_total")) == 0
    assert sum(scene.values("locus-meta", "locus_meta_report_identity_refused_total")) == 0


@pytest.mark.parametrize("server", _CALLS)
def test_grpc_ports_answer_those_alone_who_show_a_certificate_of_the_authority(
    scene: FaultyCluster, known: Authority, other: Authority, server: str
) -> None:
    """Not who speaks plaintext, who shows nothing, or a certificate of another authority."""
    assert _said(scene, server, _person(known).channel) == grpc.StatusCode.OK
    assert _said(scene, server, cache_client.plaintext) == grpc.StatusCode.UNAVAILABLE
    assert _said(scene, server, _person(other, trusted=known).channel) == grpc.StatusCode.UNAVAILABLE
    nobody = Caller(known.certificate, None, "locus")
    assert _said(scene, server, nobody.channel) == grpc.StatusCode.UNAUTHENTICATED
    # A client sees through a server of another authority too.
    assert _said(scene, server, _person(known, trusted=other).channel) == grpc.StatusCode.UNAVAILABLE


def test_the_extender_answers_those_alone_who_show_a_certificate_of_the_authority(
    scene: FaultyCluster, known: Authority, other: Authority
) -> None:
    """The port that kube-scheduler asks. One counter tells."""
    refused = 'locus_tls_handshake_failures_total{use="listen"}'
    before = sum(scene.values("locus-extender", refused))
    assert _get(scene, "/v1/decisions", _person(known)) == 200
    nobody = Caller(known.certificate, None, "")
    assert _get(scene, "/v1/decisions", nobody) == 401
    assert _get(scene, "/healthz", nobody) == 200
    with pytest.raises(urllib3.exceptions.HTTPError):
        _get(scene, "/v1/decisions", _person(other, trusted=known))
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", f"http://{scene.part(_SERVERS['extender']).target}/healthz", retries=False)
    until("two refusals", _SOON_SECONDS, lambda: sum(scene.values("locus-extender", refused)) >= before + 2)


@pytest.mark.parametrize("server", _SERVERS)
def test_ports_for_probes_and_prometheus_tell_strangers_no_more_than_those_want(
    scene: FaultyCluster, server: str
) -> None:
    """Their certificate is of the authority, by the name that a monitor checks; /configz asks for one."""
    admin = scene.part(_SERVERS[server]).admin
    assert admin.startswith("https://")
    client = urllib3.PoolManager(cert_reqs="CERT_NONE", retries=False, timeout=_SECONDS)
    wanted = {"/healthz": 200, "/readyz": 200, "/metrics": 200, "/configz": 401}
    assert {path: client.request("GET", admin + path).status for path in wanted} == wanted


@pytest.mark.parametrize("server", _SERVERS)
def test_prometheus_can_check_every_certificate_by_one_name(
    scene: FaultyCluster, known: Authority, server: str
) -> None:
    """As manifests/observability/pod-monitor-tls.yaml has it."""
    client = urllib3.PoolManager(
        ca_certs=str(known.certificate), assert_hostname="locus", server_hostname="locus", retries=False,
        timeout=_SECONDS,
    )  # fmt: skip
    answer = client.request("GET", scene.part(_SERVERS[server]).admin + "/metrics")
    assert answer.status == 200 and b"locus_" in answer.data
