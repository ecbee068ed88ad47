"""Names of services, as a cluster's DNS gives them: those without an address of their own lead to their pod."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from locus_e2e.kube_api import Object

SERVICES = "/api/v1/services"


@dataclass(frozen=True)
class Endpoint:
    """A pod that runs."""

    namespace: str
    labels: Mapping[str, str]
    address: str


def names(services: Iterable[Object], pods: Iterable[Endpoint]) -> dict[str, str]:
    """Name -> address of the first pod that the service selects. Services with an address of their own, or without a
    selector, are not in it."""
    running = list(pods)
    found: dict[str, str] = {}
    for service in services:
        spec, space = service["spec"], service["metadata"]["namespace"]
        wanted = (spec.get("selector") or {}).items()
        if spec.get("clusterIP") != "None" or not wanted:
            continue
        selected = (pod for pod in running if pod.namespace == space and wanted <= pod.labels.items())
        pod = next(selected, None)
        if pod is not None:
            short = f"{service['metadata']['name']}.{space}.svc"
            found |= dict.fromkeys((short, f"{short}.cluster.local"), pod.address)
    return found
