"""Secrets of the component tls, as cert-manager makes them of the certificates of the example."""

import base64
from pathlib import Path

import yaml

from locus_e2e import rendered
from locus_e2e.certificates import Authority
from locus_e2e.kube_api import Object

EXAMPLE = rendered.MANIFESTS / "examples" / "cert-manager"
# What cert-manager writes into a Secret: github.com/cert-manager/cert-manager, TLSCAKey in pkg/apis/meta/v1/types.go,
# and the keys that Kubernetes asks of the type kubernetes.io/tls.
KEYS = ("tls.crt", "tls.key", "ca.crt")


def certificates() -> dict[str, Object]:
    """Name -> spec, of those that a part shows."""
    text = (EXAMPLE / "certificates.yaml").read_text()
    return {one["metadata"]["name"]: one["spec"] for one in yaml.safe_load_all(text)}


def names_of(certificate: Object) -> list[str]:
    """All that it is for."""
    return [*certificate["dnsNames"], *certificate.get("ipAddresses", [])]


def files(authority: Authority, name: str, **life: int) -> dict[str, Path]:
    """KEYS -> files of the certificate of that name, signed anew. `life`: `seconds`, by default for long."""
    spec = certificates()[name]
    kinds = [f"DNS:{one}" for one in spec["dnsNames"]] + [f"IP:{one}" for one in spec.get("ipAddresses", [])]
    pair = authority.issue(name, ",".join(kinds), **life)
    return dict(zip(KEYS, (pair.certificate, pair.key, authority.certificate), strict=True))


def secrets(authority: Authority, **life: int) -> list[Object]:
    """Of all certificates, each signed anew. `life`: `seconds`, by default for long."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": spec["secretName"], "namespace": rendered.NAMESPACE},
            "data": {
                key: base64.b64encode(path.read_bytes()).decode()
                for key, path in files(authority, name, **life).items()
            },
        }
        for name, spec in certificates().items()
    ]
