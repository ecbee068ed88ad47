"""Service accounts of the manifests may do what their parts do, and nothing else: every verb on every resource of a
real API server."""

from collections.abc import Iterator

import pytest
from locus_e2e import rendered, rights, session
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import installed, token
from locus_e2e.kube_api import ApiError, KubeApi, Object
from locus_e2e.rights import Act, Table

_SPACE = rendered.NAMESPACE
_NAMESPACES = (_SPACE, "kube-system", "default")

# What anybody whom the server knows may do.
_EVERYBODY: Table = {
    ("authorization.k8s.io", "selfsubjectaccessreviews"): ("create",),
    ("authorization.k8s.io", "selfsubjectrulesreviews"): ("create",),
    ("authentication.k8s.io", "selfsubjectreviews"): ("create",),
}
# docs/operations.md, "Rights at the API server".
_META: Table = {("", "pods"): ("list", "watch")}
_META_THAT_CHECKS_TOKENS: Table = {("authentication.k8s.io", "tokenreviews"): ("create",), **_META}
_META_BEFORE_ALLUXIO: Table = {("", "nodes"): ("list",), **_META}
_EXTENDER: Table = {
    ("", "nodes"): ("list", "watch"),
    ("", "pods"): ("list", "watch", "patch"),
    ("events.k8s.io", "events"): ("create",),
}
_EXTENDER_AT_HOME: Table = {("coordination.k8s.io", "leases"): ("create",)}
# Calls that no part of Locus may make, one of each kind of harm.
_FORBIDDEN = (
    ("GET", f"/api/v1/namespaces/{_SPACE}/secrets", None),
    ("GET", "/api/v1/secrets", None),
    ("GET", "/api/v1/namespaces/kube-system/configmaps", None),
    ("POST", "/api/v1/namespaces/default/pods", {"metadata": {"name": "mine"}}),
    ("DELETE", "/api/v1/nodes/any", None),
    ("PATCH", "/api/v1/nodes/any", {"metadata": {"labels": {"mine": "true"}}}),
    ("POST", "/api/v1/namespaces/default/pods/any/exec", {}),
    ("POST", f"/api/v1/namespaces/{_SPACE}/serviceaccounts/locus-scheduler/token", {}),
    ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {"metadata": {"name": "mine"}}),
    ("GET", "/apis/apps/v1/namespaces/kube-system/daemonsets/any/status", None),
    ("DELETE", f"/apis/coordination.k8s.io/v1/namespaces/{_SPACE}/leases/locus-gate", None),
    ("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager", {}),
)


@pytest.fixture
def with_scheduler(control: ControlPlane) -> Iterator[list[Object]]:
    """An installation with a scheduler of its own."""
    objects = rendered.kustomize("overlays/store")
    with installed(control, objects):
        yield objects


@pytest.fixture
def secured(control: ControlPlane) -> Iterator[list[Object]]:
    """One with the component tls."""
    objects = rendered.installation("store+tls")
    with installed(control, objects):
        yield objects


@pytest.fixture
def without_scheduler(control: ControlPlane) -> Iterator[list[Object]]:
    """One with the cluster's scheduler."""
    objects = rendered.kustomize("overlays/existing-scheduler")
    with installed(control, objects):
        yield objects


def _walk(control: ControlPlane, account: str) -> tuple[set[Act], list[Act]]:
    """What the account may do, and all that was asked."""
    acts = rights.every_act(control.api, _NAMESPACES)
    assert len(acts) > 1000
    return rights.own(control.api_of(token(control, account, _SPACE)), acts), acts


def _status(api: KubeApi, verb: str, path: str, body: Object | None) -> int:
    kind = "application/merge-patch+json" if verb == "PATCH" else "application/json"
    try:
        api.request(verb, path, body, kind)
    except ApiError as problem:
        return problem.status
    return 200


@session.every_version
@pytest.mark.usefixtures("with_scheduler")
def test_a_worker_may_do_nothing_and_has_no_token(control: ControlPlane, with_scheduler: list[Object]) -> None:
    """It does not call the API server."""
    allowed, acts = _walk(control, "locus-worker")
    assert allowed == rights.in_table(_EVERYBODY, acts)
    worker = rendered.find(with_scheduler, "DaemonSet", "locus-worker")["spec"]["template"]["spec"]
    assert worker["automountServiceAccountToken"] is False


@session.every_version
@pytest.mark.usefixtures("with_scheduler")
def test_locus_meta_may_look_at_pods(control: ControlPlane) -> None:
    """And nothing else."""
    allowed, acts = _walk(control, "locus-meta")
    assert allowed == rights.in_table(_EVERYBODY, acts) | rights.in_table(_META, acts)


@session.every_version
@pytest.mark.usefixtures("secured")
def test_locus_meta_that_asks_workers_for_proof_may_ask_whose_a_token_is(control: ControlPlane) -> None:
    """And nothing else. Secrets are mounted, which needs no right: nobody may read them."""
    allowed, acts = _walk(control, "locus-meta")
    assert allowed == rights.in_table(_EVERYBODY, acts) | rights.in_table(_META_THAT_CHECKS_TOKENS, acts)


@session.every_version
@pytest.mark.usefixtures("without_scheduler")
def test_locus_meta_before_alluxio_may_look_at_nodes_too(control: ControlPlane) -> None:
    """And nothing else."""
    allowed, acts = _walk(control, "locus-meta")
    assert allowed == rights.in_table(_EVERYBODY, acts) | rights.in_table(_META_BEFORE_ALLUXIO, acts)


@session.every_version
@pytest.mark.usefixtures("without_scheduler")
def test_an_extender_may_do_what_the_operations_page_says(control: ControlPlane) -> None:
    """And nothing else; of leases its own one only."""
    allowed, acts = _walk(control, "locus-extender")
    assert allowed == (
        rights.in_table(_EVERYBODY, acts)
        | rights.in_table(_EXTENDER, acts)
        | rights.in_table(_EXTENDER_AT_HOME, acts, (_SPACE,))
    )
    api = control.api_of(token(control, "locus-extender", _SPACE))
    leases = f"/apis/coordination.k8s.io/v1/namespaces/{_SPACE}/leases"
    # 404: it may ask, and there is none.
    assert _status(api, "GET", f"{leases}/locus-gate", None) == 404
    assert _status(api, "GET", f"{leases}/another", None) == 403


@session.every_version
@pytest.mark.usefixtures("with_scheduler")
def test_the_schedulers_pod_may_do_no_more_than_the_clusters_scheduler_and_an_extender(control: ControlPlane) -> None:
    """The server's own user system:kube-scheduler is the measure: what it may do follows the version."""
    allowed, acts = _walk(control, "locus-scheduler")
    extender = rights.in_table(_EXTENDER, acts) | rights.in_table(_EXTENDER_AT_HOME, acts, (_SPACE,))
    stock = rights.of_user(control.api, "system:kube-scheduler", acts)
    assert allowed - extender - rights.in_table(_EVERYBODY, acts) <= stock
    assert extender <= allowed
    # The lock of the stock scheduler, which is not ours, is the one thing that ours lacks.
    lacking = {(act.namespace, act.resource) for act in stock - allowed}
    assert lacking <= {("kube-system", resource) for resource in ("configmaps", "endpoints", "leases")}


@session.every_version
@pytest.mark.usefixtures("with_scheduler")
@pytest.mark.parametrize("account", ["locus-worker", "locus-meta", "locus-scheduler"])
def test_calls_that_do_harm_are_forbidden(control: ControlPlane, account: str) -> None:
    """Real calls, as reviews are only what the server says of itself."""
    api = control.api_of(token(control, account, _SPACE))
    said = {(verb, path): _status(api, verb, path, body) for verb, path, body in _FORBIDDEN}
    assert said == dict.fromkeys(said, 403)
