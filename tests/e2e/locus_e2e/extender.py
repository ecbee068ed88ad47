"""locus-extender as the tests configure it."""

import secrets
from pathlib import Path

from locus_e2e.cluster import NAMESPACE
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.waiting import until

LISTEN = {"listen": "127.0.0.1"}
# What executors request of their nodes counts as load, which on small nodes outweighs many bytes. Here it does not: so
# that the folders alone tell which node is right.
BYTES_ALONE: Settings = {"scoring": {"fresh": "0s", "requested_weight": 0}}
_SYNC_SECONDS = 20.0


def lease_name() -> str:
    """Extenders of one test may use an API server after those of another, or beside them: each elects for itself."""
    return f"locus-gate-{secrets.token_hex(4)}"


def settings(metadata: str, kubeconfig: Path | None, lease: str, added: Settings) -> Settings:
    """A configuration. `metadata`: gRPC target; `kubeconfig`: of the API server to follow, or none; `added` wins."""
    # The machine of a test may be so busy that an input's first question takes longer than the default budget. This
    # one is below the scheduler's own (httpTimeout).
    base: Settings = {"metadata": {"target": metadata, "reconnect_max": "500ms", "budget": "400ms"}}
    if kubeconfig is not None:
        base["kubernetes"] = {"kubeconfig": str(kubeconfig)}
        base["gate"] = {"lease_namespace": NAMESPACE, "lease_name": lease}
    return {**base, **{field: {**base.get(field, {}), **value} for field, value in added.items()}}


def wait_synced(extender: Daemon) -> None:
    """Until it has listed nodes and pods, and knows who opens gates."""
    until(
        f"picture of the cluster in {extender.name}",
        _SYNC_SECONDS,
        lambda: b"cluster: synced" in extender.get("/readyz").data,
    )


def wait_nodes(extender: Daemon, count: int) -> None:
    """Until it knows as many nodes. They come by a watch, soon after they were added."""
    until(
        f"{count} nodes in {extender.name}",
        _SYNC_SECONDS,
        lambda: extender.metrics().get("locus_extender_cluster_nodes") == count,
    )


def wait_pods(extender: Daemon, count: int) -> None:
    """Until it knows as many pods with inputs, which come by a watch too."""
    until(
        f"{count} pods in {extender.name}",
        _SYNC_SECONDS,
        lambda: extender.metrics().get("locus_extender_cluster_ours") == count,
    )
