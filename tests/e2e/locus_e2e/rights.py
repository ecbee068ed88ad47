"""What somebody may do at an API server: every verb on every resource that the server has, asked one by one."""

import itertools
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from locus_e2e.kube_api import KubeApi, Object

VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
# Those that only RBAC and admission know.
_SPECIAL = {
    ("rbac.authorization.k8s.io", "clusterroles"): ("bind", "escalate"),
    ("rbac.authorization.k8s.io", "roles"): ("bind", "escalate"),
    ("", "users"): ("impersonate",),
    ("", "groups"): ("impersonate",),
    ("", "serviceaccounts"): ("impersonate",),
    ("certificates.k8s.io", "signers"): ("approve", "sign", "attest"),
}
_AT_ONCE = 8
_REVIEWS = "/apis/authorization.k8s.io/v1"


@dataclass(frozen=True, order=True)
class Act:
    """A verb on a resource (`pods`, `pods/status`) of an API group, in a namespace or, with "", in the cluster."""

    group: str
    resource: str
    verb: str
    namespace: str

    def attributes(self) -> Object:
        """As a review wants them."""
        resource, _, subresource = self.resource.partition("/")
        return {
            "group": self.group,
            "resource": resource,
            "subresource": subresource,
            "verb": self.verb,
            "namespace": self.namespace,
        }


# (group, resource) -> verbs.
Table = Mapping[tuple[str, str], Iterable[str]]


def resources(api: KubeApi) -> dict[tuple[str, str], bool]:
    """(group, resource) of all that the server has -> whether it is in namespaces."""
    paths = ["/api/v1"]
    for group in api.get("/apis")["groups"]:
        paths += [f"/apis/{version['groupVersion']}" for version in group["versions"]]
    found = {}
    for path in paths:
        group = "" if path == "/api/v1" else path.split("/")[2]
        for one in api.get(path)["resources"]:
            found[one.get("group", group) if "/" not in one["name"] else group, one["name"]] = one["namespaced"]
    return found


def every_act(api: KubeApi, namespaces: Iterable[str]) -> list[Act]:
    """All there is to ask about."""
    known = resources(api)
    verbs: dict[tuple[str, str], tuple[str, ...]] = dict.fromkeys(known, VERBS)
    for key, special in _SPECIAL.items():
        verbs[key] = verbs.get(key, ()) + special
    spaces = tuple(namespaces)
    return [
        Act(*key, verb, space)
        for key, words in verbs.items()
        for verb, space in itertools.product(words, spaces if known.get(key, False) else ("",))
    ]


def in_table(table: Table, acts: Iterable[Act], namespaces: Iterable[str] | None = None) -> set[Act]:
    """Those of `acts` that the table names; `namespaces`: and that are in one of these."""
    return {
        act
        for act in acts
        if act.verb in table.get((act.group, act.resource), ()) and (namespaces is None or act.namespace in namespaces)
    }


def own(api: KubeApi, acts: Iterable[Act]) -> set[Act]:
    """Those of `acts` that the server says the caller may do."""
    return _allowed(api, acts, "selfsubjectaccessreviews", {})


def of_user(api: KubeApi, user: str, acts: Iterable[Act]) -> set[Act]:
    """Those that the server says a user may do; asked by an administrator."""
    subject = {"user": user, "groups": ["system:authenticated"]}
    return _allowed(api, acts, "subjectaccessreviews", subject)


def _allowed(api: KubeApi, acts: Iterable[Act], review: str, subject: Object) -> set[Act]:
    def ask(act: Act) -> bool:
        body = {"spec": {"resourceAttributes": act.attributes(), **subject}}
        return bool(api.post(f"{_REVIEWS}/{review}", body)["status"]["allowed"])

    listed = list(acts)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {act for act, may in zip(listed, pool.map(ask, listed), strict=True) if may}
