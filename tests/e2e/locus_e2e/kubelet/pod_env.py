"""A container's environment, as Kubernetes builds it: in order, with references to earlier entries and to the pod."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from locus_e2e.kube_api import Object

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")
_MAP_ENTRY = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")

# Name of a config map -> its data; raises LookupError when there is none.
ConfigMaps = Callable[[str], Mapping[str, str]]


class BadContainer(Exception):
    """The container cannot be started as it is written."""


def expand(text: str, known: Mapping[str, str]) -> str:
    """Replaces $(NAME) by what is known; $$ is a dollar; a name that is not known stays as it is written."""

    def value(match: "re.Match[str]") -> str:
        if match.group(1) is None:
            return "$"
        return known.get(match.group(1), match.group(0))

    return _REFERENCE.sub(value, text)


def field(pod: Object, path: str, address: str, node_address: str) -> str:
    """What a fieldRef names. Raises BadContainer for a field that Kubernetes does not offer."""
    metadata = pod["metadata"]
    entry = _MAP_ENTRY.fullmatch(path)
    if entry:
        return str(metadata.get(entry.group(1), {}).get(entry.group(2), ""))
    found = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "spec.serviceAccountName": pod["spec"].get("serviceAccountName", ""),
        "status.hostIP": node_address,
        "status.hostIPs": node_address,
        "status.podIP": address,
        "status.podIPs": address,
    }
    if path not in found:
        raise BadContainer(f"there is no field {path}")
    return str(found[path])


def environment(pod: Object, container: Object, address: str, node_address: str, maps: ConfigMaps) -> dict[str, str]:
    """All variables of a container. Raises LookupError when a config map is not there yet, BadContainer for what this
    kubelet cannot do."""
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        if "configMapRef" not in source:
            raise BadContainer(f"envFrom {sorted(source)}")
        prefix = source.get("prefix", "")
        found |= {prefix + key: value for key, value in maps(source["configMapRef"]["name"]).items()}
    for entry in container.get("env", []):
        found[entry["name"]] = _value(entry, found, pod, address, node_address, maps)
    return found


def _value(
    entry: Object, known: Mapping[str, str], pod: Object, address: str, node_address: str, maps: ConfigMaps
) -> str:
    source: dict[str, Any] = entry.get("valueFrom") or {}
    if not source:
        return expand(entry.get("value", ""), known)
    if "fieldRef" in source:
        return field(pod, source["fieldRef"]["fieldPath"], address, node_address)
    if "configMapKeyRef" in source:
        reference = source["configMapKeyRef"]
        return maps(reference["name"])[reference["key"]]
    raise BadContainer(f"variable {entry['name']} from {sorted(source)}")
