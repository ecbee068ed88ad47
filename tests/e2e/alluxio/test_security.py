"""Who may ask: masters that check permissions, that check nobody, and that encrypt."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from locus_e2e import settings
from locus_e2e.alluxio import truth
from locus_e2e.alluxio.cluster import AlluxioCluster, Shape
from locus_e2e.alluxio.stack import AlluxioStack
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

OpenCluster = Callable[[Shape], tuple[AlluxioCluster, Processes, Path]]

FOLDER = "/secret"
BLOCK = 16 << 10
ONE_WORKER = ("127.0.0.11",)


def _open(
    open_cluster: OpenCluster,
    properties: dict[str, object],
    meta: dict[str, Any] | None = None,
    jvm: tuple[str, ...] = (),
    **options: Any,
) -> tuple[AlluxioCluster, AlluxioStack]:
    cluster, processes, folder = open_cluster(Shape(workers=ONE_WORKER, properties=properties, options=jvm))
    cluster.driver.call("write", path=f"{FOLDER}/x", size=3 * BLOCK, block=BLOCK)
    stack = AlluxioStack(settings.programs(), folder / "locus", processes, cluster, "alluxio", meta, **options)
    return cluster, stack


def test_a_user_without_permission_is_told_so_and_does_not_ask_again_and_again(open_cluster: OpenCluster) -> None:
    """Not an error of the whole: other folders are answered."""
    enabled = {"alluxio.security.authorization.permission.enabled": True}
    cluster, stack = _open(open_cluster, enabled, user="nobody-known")
    cluster.driver.call("write", path="/open/x", size=BLOCK, block=BLOCK)
    cluster.driver.call("chmod", path=FOLDER, mode=0o700)
    until("an answer", 15, lambda: stack.ask.one(FOLDER).state != "PENDING")
    said = stack.ask.one(FOLDER)
    assert said.state != "KNOWN" and said.cached == 0
    assert "permission" in said.problem.lower() and FOLDER in said.problem, said.problem
    truth.agrees(stack.ask, "/open", truth.settled(cluster, "/open"), 15)
    # Kept for index.negative_ttl, 5 s, then asked again.
    before = _refusals(stack)
    assert before >= 1
    for _ in range(200):
        assert stack.ask.one(FOLDER).state == said.state
    assert _refusals(stack) - before <= 1
    cluster.driver.call("chmod", path=FOLDER, mode=0o755)
    with stack.ask.want(FOLDER):
        truth.agrees(stack.ask, FOLDER, truth.settled(cluster, FOLDER), 15)
    stack.close()


def _refusals(stack: AlluxioStack) -> float:
    """Calls that the master has refused for want of permission."""
    series = stack.meta.metrics("admin").items()
    return sum(
        value
        for name, value in series
        if name.startswith("locus_meta_master_calls_total") and 'outcome="permission_denied"' in name
    )


def test_a_master_that_checks_nobody(open_cluster: OpenCluster) -> None:
    """NOSASL, found out by asking it."""
    cluster, stack = _open(open_cluster, {"alluxio.security.authentication.type": "NOSASL"})
    truth.agrees(stack.ask, FOLDER, truth.settled(cluster, FOLDER), 15)
    stack.close()


def test_a_master_that_encrypts(open_cluster: OpenCluster, tmp_path: Path) -> None:
    """With a certificate that only a file names."""
    certificate, key = _certificate(tmp_path, "127.0.0.10", *ONE_WORKER)
    jvm = (f"-Dlocus.tls.certificate={certificate}", f"-Dlocus.tls.key={key}")
    encrypted = {
        "alluxio.network.tls.enabled": True,
        "alluxio.network.tls.ssl.context.provider.classname": "PemTls",
    }
    trusting = {"alluxio": {"tls": {"enabled": True, "ca_file": str(certificate)}}}
    cluster, stack = _open(open_cluster, encrypted, trusting, jvm)
    truth.agrees(stack.ask, FOLDER, truth.settled(cluster, FOLDER), 15)
    stack.close()


def _certificate(folder: Path, *addresses: str) -> tuple[Path, Path]:
    """Signed by itself, for these addresses."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = ",".join(f"IP:{address}" for address in addresses)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=alluxio-under-test",
         "-addext", f"subjectAltName={names}", "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return certificate, key
