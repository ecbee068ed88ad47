"""A pod's volumes as folders. Processes share the machine's file system, so where a pod's variables or arguments name a
mount path they are given the folder instead."""

import re
from collections.abc import Mapping
from pathlib import Path

from locus_e2e.kube_api import Object
from locus_e2e.kubelet.pod_env import BadContainer, ConfigMaps


def prepare(pod: Object, container: Object, folder: Path, maps: ConfigMaps) -> dict[str, Path]:
    """Mount path -> real folder; emptyDir and configMap are made below `folder`. Raises LookupError when a config map
    is not there yet, BadContainer for a kind that this kubelet does not know."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    found = {}
    for mount in container.get("volumeMounts", []):
        real = _folder(volumes[mount["name"]], folder / "volumes" / mount["name"], maps)
        found[str(mount["mountPath"]).rstrip("/")] = real / mount["subPath"] if mount.get("subPath") else real
    return found


def translate(text: str, mounts: Mapping[str, Path]) -> str:
    """The text with real folders for mount paths, the longest first."""
    for path in sorted(mounts, key=len, reverse=True):
        text = re.sub(rf"(?<![\w/.-]){re.escape(path)}(?![\w.-])", str(mounts[path]), text)
    return text


def _folder(volume: Object, own: Path, maps: ConfigMaps) -> Path:
    if "hostPath" in volume:
        return Path(volume["hostPath"]["path"])
    if "emptyDir" in volume:
        own.mkdir(parents=True, exist_ok=True)
        return own
    if "configMap" in volume:
        source = volume["configMap"]
        data = maps(source["name"])
        paths = {item["key"]: item["path"] for item in source.get("items", [])} or {key: key for key in data}
        for key, path in paths.items():
            target = own / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(data[key])
        own.mkdir(parents=True, exist_ok=True)
        return own
    kinds = sorted(set(volume) - {"name"})
    raise BadContainer(f"volume {volume['name']} of kind {', '.join(kinds)}")
