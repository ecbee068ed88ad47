"""A pod's volumes as folders. Processes share the machine's file system, so where a pod's variables, arguments or
configuration files name a mount path they are given the folder instead."""

import re
from collections.abc import Mapping
from pathlib import Path

from locus_e2e.kube_api import Object
from locus_e2e.kubelet.pod_env import BadContainer, ConfigMaps


def prepare(pod: Object, container: Object, folder: Path, maps: ConfigMaps) -> dict[str, Path]:
    """Mount path -> real folder; emptyDir and configMap are made below `folder`. Raises LookupError when a config map
    is not there yet, BadContainer for a kind that this kubelet does not know."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    found, filled = {}, {}
    for mount in container.get("volumeMounts", []):
        volume, own = volumes[mount["name"]], folder / "volumes" / mount["name"]
        real = _folder(volume, own)
        if "configMap" in volume:
            filled[own] = _files(volume["configMap"], maps)
        found[str(mount["mountPath"]).rstrip("/")] = real / mount["subPath"] if mount.get("subPath") else real
    for own, files in filled.items():
        for path, text in files.items():
            target = own / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(translate(text, found))
    return found


def translate(text: str, mounts: Mapping[str, Path]) -> str:
    """The text with real folders for mount paths, the longest first."""
    for path in sorted(mounts, key=len, reverse=True):
        text = re.sub(rf"(?<![\w/.-]){re.escape(path)}(?![\w.-])", str(mounts[path]), text)
    return text


def _folder(volume: Object, own: Path) -> Path:
    if "hostPath" in volume:
        return Path(volume["hostPath"]["path"])
    if "emptyDir" in volume or "configMap" in volume:
        own.mkdir(parents=True, exist_ok=True)
        return own
    kinds = sorted(set(volume) - {"name"})
    raise BadContainer(f"volume {volume['name']} of kind {', '.join(kinds)}")


def _files(source: Object, maps: ConfigMaps) -> dict[str, str]:
    """Path within the volume -> text."""
    data = maps(source["name"])
    paths = {item["key"]: item["path"] for item in source.get("items", [])} or {key: key for key in data}
    return {path: data[key] for key, path in paths.items()}
