"""Certificates end while pods come: none is unschedulable, and metric and log line tell."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from locus_e2e import faulty_cluster, rendered, tls_secrets
from locus_e2e.certificates import Authority, Caller
from locus_e2e.faulty_cluster import EXTENDERS, HOLDER, METAS, FaultyCluster
from locus_e2e.installed import Applier
from locus_e2e.waiting import until

# kube-scheduler signs its own certificate, and a kubelet checks none.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

# Enough for all to take the new files, which they look at each second.
_LIFE_SECONDS = 8
# metadata.max_age and workers.lost_after are 10 s.
_DEGRADED_SECONDS = 40.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Of all parts."""
    return Authority(tmp_path_factory.mktemp("certificates") / "authority")


@pytest.fixture(scope="module")
def scene(run_folder: Path, authority: Authority) -> Iterator[FaultyCluster]:
    """Its parts speak TLS with each other, as the component tls has it."""
    objects = [*tls_secrets.secrets(authority), *rendered.installation("store+tls")]
    caller = Caller(authority.certificate, authority.issue("filler", "DNS:filler"), "locus-worker")
    with faulty_cluster.open_cluster(run_folder, objects=objects, caller=caller) as opened:
        yield opened


def _renew(scene: FaultyCluster, authority: Authority, **life: int) -> None:
    """As cert-manager does. `life`: `seconds`, by default for long."""
    applier = Applier(scene.control.api)
    for secret in tls_secrets.secrets(authority, **life):
        applier.apply(secret)


def test_certificates_end_and_are_renewed(scene: FaultyCluster, authority: Authority) -> None:
    """What is connected goes on; after a restart of the locus-metas nobody trusts anybody, and pods go anywhere. New
    files bring all back, without another restart, and kube-scheduler too shows its new one where it connects anew."""
    signs = scene.watch("certificates ended")
    _renew(scene, authority, seconds=_LIFE_SECONDS)
    ended = time.monotonic() + _LIFE_SECONDS
    signs.wait(_LIFE_SECONDS + 10)
    assert time.monotonic() > ended - 1
    assert scene.place_both() == HOLDER
    for meta in METAS:
        scene.locus.kill(meta)
    until("pod elsewhere", _DEGRADED_SECONDS, lambda: scene.place_both() != HOLDER, every=0.5)
    before = {pod: part.process.pid for pod, part in scene.locus.parts().items()}
    _renew(scene, authority)
    scene.wait_well()
    assert {pod: part.process.pid for pod, part in scene.locus.parts().items()} == before
    for extender in EXTENDERS:
        scene.locus.kill(extender)
    scene.wait_well()
