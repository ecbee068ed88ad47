"""Manifests on a real API server: applied as an administrator applies them, and taken away again."""

import contextlib
from collections.abc import Iterator, Sequence

from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import ApiError, KubeApi, Object

APPLY = "application/apply-patch+yaml"
# They stay: without its controller no namespace goes away.
_LASTING = ("Namespace",)


class Applier:
    """Server-side apply with strict validation of every field."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api
        # (apiVersion, kind) -> (plural, whether it is in a namespace), as the server tells.
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}

    def path(self, one: Object) -> str:
        """Of the object at the server. Raises ApiError 404 for a version that it does not serve, KeyError for a kind
        that is not in it."""
        version, kind, metadata = one["apiVersion"], one["kind"], one["metadata"]
        root = f"/api/{version}" if "/" not in version else f"/apis/{version}"
        if (version, kind) not in self._kinds:
            for resource in self._api.get(root)["resources"]:
                if "/" not in resource["name"]:
                    self._kinds[version, resource["kind"]] = (resource["name"], resource["namespaced"])
        plural, namespaced = self._kinds[version, kind]
        # In the manifests each has its namespace.
        space = f"/namespaces/{metadata['namespace']}" if namespaced else ""
        return f"{root}{space}/{plural}/{metadata['name']}"

    def apply(self, one: Object) -> Object:
        """The object as the server has it then."""
        return self._api.patch(f"{self.path(one)}?fieldManager=test&force=true&fieldValidation=Strict", one, APPLY)

    def delete(self, one: Object) -> None:
        """Whether it is there or not."""
        if one["kind"] in _LASTING:
            return
        try:
            self._api.delete(self.path(one), {"propagationPolicy": "Background"})
        except ApiError as problem:
            if problem.status != 404:
                raise


@contextlib.contextmanager
def installed(control: ControlPlane, objects: Sequence[Object]) -> Iterator[Applier]:
    """All of them, namespaces first; gone at the end."""
    applier = Applier(control.api)
    ordered = sorted(objects, key=lambda one: one["kind"] not in _LASTING)
    try:
        for one in ordered:
            applier.apply(one)
        yield applier
    finally:
        for one in reversed(ordered):
            applier.delete(one)


def token(control: ControlPlane, account: str, namespace: str, audience: str = "", pod: str = "") -> str:
    """Of a service account, as the kubelet asks for it. `audience`: by default the API server's; `pod`: that it is for,
    on a node."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    spec: Object = {"expirationSeconds": 3600}
    if audience:
        spec["audiences"] = [audience]
    if pod:
        spec["boundObjectRef"] = {"kind": "Pod", "apiVersion": "v1", "name": pod}
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
    return str(control.api.post(path, request)["status"]["token"])
