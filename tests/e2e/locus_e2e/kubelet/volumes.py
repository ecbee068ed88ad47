"""A pod's volumes as folders. Processes share the machine's file system, so where a pod's variables, arguments or
configuration files name a mount path they are given the folder instead."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from locus_e2e.kube_api import Object
from locus_e2e.kubelet.pod_env import BadContainer, ConfigMaps

# Name of a Secret -> its data; raises LookupError when there is none.
Secrets = Callable[[str], Mapping[str, bytes]]
# A serviceAccountToken of a projected volume -> the token, for the pod's own account.
Tokens = Callable[[Object], str]


@dataclass(frozen=True)
class Confidential:
    """Where a kubelet has what only it may see."""

    secrets: Secrets
    tokens: Tokens


def prepare(
    pod: Object, container: Object, folder: Path, maps: ConfigMaps, confidential: Confidential | None = None
) -> dict[str, Path]:
    """Mount path -> real folder; all but hostPath are made below `folder`. Raises LookupError when a config map or a
    Secret is not there yet, BadContainer for a kind that this kubelet does not know: without `confidential`, Secrets
    and tokens too."""
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    found, filled = {}, {}
    for mount in container.get("volumeMounts", []):
        volume, own = volumes[mount["name"]], folder / "volumes" / mount["name"]
        real = _folder(volume, own, confidential is not None)
        if "configMap" in volume:
            filled[own] = _files(volume["configMap"], maps)
        elif confidential is not None and "secret" in volume:
            put(own, confidential.secrets(volume["secret"]["secretName"]))
        elif confidential is not None and "projected" in volume:
            put(own, _projected(volume["projected"], confidential.tokens))
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


def put(folder: Path, data: Mapping[str, bytes]) -> None:
    """Files of a Secret, each of which takes the place of an earlier one as a whole."""
    for name, content in data.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            fresh = folder / f".{name}"
            fresh.touch(mode=0o600)
            fresh.write_bytes(content)
            fresh.rename(path)


def secrets_of(pod: Object, container: Object, mounts: Mapping[str, Path]) -> dict[Path, str]:
    """Folder of `mounts` -> name of the Secret whose files are in it."""
    names = {volume["name"]: volume["secret"]["secretName"] for volume in pod["spec"].get("volumes", [])
             if "secret" in volume}  # fmt: skip
    return {
        mounts[mount["mountPath"].rstrip("/")]: names[mount["name"]]
        for mount in container.get("volumeMounts", [])
        if mount["name"] in names
    }


def _projected(source: Object, tokens: Tokens) -> dict[str, bytes]:
    found = {}
    for one in source["sources"]:
        if one.keys() != {"serviceAccountToken"}:
            raise BadContainer(f"a projected volume of {', '.join(sorted(one))}")
        found[one["serviceAccountToken"]["path"]] = tokens(one["serviceAccountToken"]).encode()
    return found


def _folder(volume: Object, own: Path, confidential: bool) -> Path:
    if "hostPath" in volume:
        return Path(volume["hostPath"]["path"])
    if volume.keys() & {"emptyDir", "configMap", *(("secret", "projected") if confidential else ())}:
        own.mkdir(parents=True, exist_ok=True)
        return own
    kinds = sorted(set(volume) - {"name"})
    raise BadContainer(f"volume {volume['name']} of kind {', '.join(kinds)}")


def _files(source: Object, maps: ConfigMaps) -> dict[str, str]:
    """Path within the volume -> text."""
    data = maps(source["name"])
    paths = {item["key"]: item["path"] for item in source.get("items", [])} or {key: key for key in data}
    return {path: data[key] for key, path in paths.items()}
