"""Certificates end while pods come: none is unschedulable, and metric and log line tell."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from locus_e2e import faulty_cluster, rendered
from locus_e2e.certificates import Authority
from locus_e2e.faulty_cluster import HOLDER, METAS, FaultyCluster
from locus_e2e.kube_api import Object
from locus_e2e.waiting import until

# kube-scheduler signs its own certificate.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

_NAMES = "DNS:locus-meta"
# Enough for all to take the new files, which they look at each second.
_LIFE_SECONDS = 8
# metadata.max_age and workers.lost_after are 10 s.
_DEGRADED_SECONDS = 40.0


class Files:
    """One certificate for all parts, which each reads where its configuration says."""

    def __init__(self, folder: Path) -> None:
        self._authority = Authority(folder / "authority")
        self._folder = folder
        self.renew()

    def renew(self, **life: int) -> None:
        """Others take the place of the files. `life`: `seconds`, by default for long."""
        pair = self._authority.issue("locus", _NAMES, **life)
        for source, name in ((pair.certificate, "tls.crt"), (pair.key, "tls.key")):
            fresh = self._folder / f"new-{name}"
            fresh.write_bytes(source.read_bytes())
            fresh.rename(self._folder / name)

    def secure(self, objects: list[Object]) -> None:
        """Puts into the config maps what docs/security.md says: locus-meta asks everybody for a certificate."""
        own = {"cert_file": str(self._folder / "tls.crt"), "key_file": str(self._folder / "tls.key")}
        authority = str(self._authority.certificate)
        client = {"enabled": True, "ca_file": authority, "server_name": "locus-meta", **own}
        for name, file, section, tls in (
            ("meta", "meta.yaml", "listen", {**own, "client_ca_file": authority}),
            ("worker", "worker.yaml", "report", client),
            ("extender", "extender.yaml", "metadata", client),
        ):
            data = rendered.find(objects, "ConfigMap", f"locus-{name}-config")["data"]
            settings = yaml.safe_load(data[file])
            settings[section]["tls"] = tls
            data[file] = yaml.safe_dump(settings)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Good for long."""
    return Files(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def scene(run_folder: Path, files: Files) -> Iterator[FaultyCluster]:
    """Its parts speak TLS with locus-meta."""
    with faulty_cluster.open_cluster(run_folder, change=files.secure) as opened:
        yield opened


def test_certificates_end_and_are_renewed(scene: FaultyCluster, files: Files) -> None:
    """What is connected goes on; after a restart of the locus-metas nobody trusts anybody, and pods go anywhere. New
    files bring all back, without another restart."""
    signs = scene.watch("certificates ended")
    files.renew(seconds=_LIFE_SECONDS)
    ended = time.monotonic() + _LIFE_SECONDS
    signs.wait(_LIFE_SECONDS + 10)
    assert time.monotonic() > ended - 1
    assert scene.place_both() == HOLDER
    for meta in METAS:
        scene.locus.kill(meta)
    until("pod elsewhere", _DEGRADED_SECONDS, lambda: scene.place_both() != HOLDER, every=0.5)
    before = {pod: part.process.pid for pod, part in scene.locus.parts().items()}
    files.renew()
    scene.wait_well()
    assert {pod: part.process.pid for pod, part in scene.locus.parts().items()} == before
