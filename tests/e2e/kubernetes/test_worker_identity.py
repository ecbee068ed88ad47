"""A worker proves its node by its pod's token, and the real API server vouches for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from locus_e2e import session, settings
from locus_e2e.certificates import Authority
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.kube_api import Object
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

_NAMESPACE = "identity"
_CORE = f"/api/v1/namespaces/{_NAMESPACE}"
_RBAC = "/apis/rbac.authorization.k8s.io/v1"
_NODE = "identity-1"
_AUDIENCE = "locus-meta"
_LOCAL = "127.0.0.1"
_SECONDS = 30.0
_REFUSED = 'locus_meta_report_identity_refused_total{reason="%s"}'


@pytest.fixture(scope="module", autouse=True)
def space(control: ControlPlane) -> Iterator[None]:
    """Namespace, accounts, the one right that locus-meta needs, a node and a worker's pod on it."""
    api = control.api
    api.post("/api/v1/namespaces", {"metadata": {"name": _NAMESPACE}})
    for account in ("locus-meta", "locus-worker", "other"):
        api.post(f"{_CORE}/serviceaccounts", {"metadata": {"name": account}})
    rule = {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]}
    api.post(f"{_RBAC}/clusterroles", {"metadata": {"name": "token-review"}, "rules": [rule]})
    api.post(f"{_RBAC}/clusterrolebindings", {
        "metadata": {"name": "token-review"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "token-review"},
        "subjects": [{"kind": "ServiceAccount", "name": "locus-meta", "namespace": _NAMESPACE}],
    })  # fmt: skip
    api.post("/api/v1/nodes", {"metadata": {"name": _NODE}})
    for account in ("locus-worker", "other"):
        api.post(f"{_CORE}/pods", {
            "metadata": {"name": account},
            "spec": {"nodeName": _NODE, "serviceAccountName": account, "containers": [{"name": "c", "image": "none"}]},
        })  # fmt: skip
    try:
        yield
    finally:
        for path in ("/api/v1/nodes/" + _NODE, f"{_RBAC}/clusterrolebindings/token-review",
                     f"{_RBAC}/clusterroles/token-review"):  # fmt: skip
            api.delete(path)
        for account in ("locus-worker", "other"):
            api.delete(f"{_CORE}/pods/{account}", {"gracePeriodSeconds": 0})


def _token(control: ControlPlane, account: str, audience: str | None, pod: str | None) -> str:
    spec: Object = {"expirationSeconds": 3600}
    if audience is not None:
        spec["audiences"] = [audience]
    if pod is not None:
        spec["boundObjectRef"] = {"kind": "Pod", "apiVersion": "v1", "name": pod}
    path = f"{_CORE}/serviceaccounts/{account}/token"
    return str(control.api.post(path, {"spec": spec})["status"]["token"])


class Site:
    """locus-meta that asks for tokens, and workers that show them."""

    def __init__(self, control: ControlPlane, folder: Path, processes: Processes) -> None:
        self._folder = folder
        self._processes = processes
        self._authority = Authority(folder / "certificates")
        config = yaml.safe_load(control.kubeconfig.read_text())
        user = {"token": _token(control, "locus-meta", None, None)}
        kubeconfig = folder / "meta.kubeconfig"
        kubeconfig.write_text(yaml.safe_dump({**config, "users": [{"name": "admin", "user": user}]}))
        pair = self._authority.issue("locus-meta", "DNS:locus-meta")
        self.meta = Daemon("meta", settings.programs().meta, folder, {
            "listen": {"tls": pair.fields()},
            "nodes": {"kubernetes": {"kubeconfig": str(kubeconfig)}},
            "workers": {"identity": {"proof": "token", "service_account": f"{_NAMESPACE}/locus-worker"}},
        }, {"listen": _LOCAL, "admin": _LOCAL}, processes)  # fmt: skip
        self.meta.start()

    def worker(self, name: str, node: str, token: str) -> Daemon:
        """One that says it is on `node`."""
        (self._folder / "origin").mkdir(exist_ok=True)
        token_file = self._folder / f"{name}.token"
        token_file.write_text(token)
        tls = {"enabled": True, "ca_file": str(self._authority.certificate), "server_name": "locus-meta",
               "token_file": str(token_file)}  # fmt: skip
        configuration: Settings = {
            "node": node,
            "origin": {"folder": str(self._folder / "origin")},
            "store": {"keep_free": "0B",
                      "tiers": [{"tier": "SSD", "path": str(self._folder / f"{name}-tier"), "quota": "1MiB"}]},
            "report": {"target": self.meta.target(), "tls": tls},
        }  # fmt: skip
        sockets = {"listen": _LOCAL, "admin": _LOCAL}
        started = Daemon(
            name, settings.programs().worker, self._folder, configuration, sockets, self._processes
        )
        started.start()
        return started

    def series(self, series: str) -> float:
        """Of locus-meta."""
        return self.meta.metrics("admin").get(series, 0.0)

    def refused(self, reason: str) -> None:
        """Waits for it."""
        until(f"refusal: {reason}", _SECONDS, lambda: self.series(_REFUSED % reason) > 0)
        assert self.series('locus_meta_workers{state="live"}') == 0


@pytest.fixture
def site(control: ControlPlane, tmp_path: Path) -> Iterator[Site]:
    """Ends with the test."""
    with Processes(tmp_path) as processes:
        yield Site(control, tmp_path, processes)


@session.every_version
def test_a_pods_token_speaks_for_its_node(control: ControlPlane, site: Site) -> None:
    """And for no other."""
    token = _token(control, "locus-worker", _AUDIENCE, "locus-worker")
    site.worker("liar", "identity-2", token)
    site.refused("other_node")
    site.worker("honest", _NODE, token)
    until("worker", _SECONDS, lambda: site.series('locus_meta_workers{state="live"}') == 1)


@session.newest_version
@pytest.mark.parametrize(
    ("account", "audience", "pod", "reason"),
    [
        ("other", _AUDIENCE, "other", "other_node"),
        ("locus-worker", None, "locus-worker", "unproven"),
        ("locus-worker", _AUDIENCE, None, "other_node"),
    ],
    ids=["another account", "another audience", "no pod"],
)
def test_other_tokens_prove_nothing(
    control: ControlPlane, site: Site, account: str, audience: str | None, pod: str | None, reason: str
) -> None:
    """Each of which the API server itself knows."""
    site.worker("worker", _NODE, _token(control, account, audience, pod))
    site.refused(reason)
