"""Containers of a manifest as commands of this machine: with their arguments, variables and configuration files."""

import base64
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from locus_e2e.kube_api import Object
from locus_e2e.kubelet import pod_env, volumes

_ADDRESS = "127.0.0.1"
_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Arguments:
    """Of one container, with real folders in place of mount paths."""

    words: list[str]
    environment: dict[str, str]
    mounts: Mapping[str, Path]
    # Folder -> name of the Secret whose files are in it.
    secrets: Mapping[Path, str]


def pod_of(workload: Object, name: str, node: str) -> Object:
    """The pod that a controller would make of it."""
    template = copy.deepcopy(workload["spec"]["template"])
    template["metadata"] |= {"name": name, "namespace": workload["metadata"]["namespace"]}
    return {"apiVersion": "v1", "kind": "Pod", **template, "spec": {**template["spec"], "nodeName": node}}


def arguments(
    objects: Sequence[Object],
    pod: Object,
    container: str,
    folder: Path,
    account: Path | None = None,
    address: str = _ADDRESS,
    node: Path | None = None,
    tokens: volumes.Tokens | None = None,
) -> Arguments:
    """What the kubelet would start `container` with. Its volumes are made below `folder`. `account`: where its service
    account's token and authority lie. `address`: the pod's and the node's. `node`: what stands for the root of the
    node's file system; None: a folder of its own. `tokens`: for volumes with one; None: of no use to anybody."""
    pod = copy.deepcopy(pod)
    pod["metadata"].setdefault("uid", "0")
    (one,) = [each for each in pod["spec"]["containers"] if each["name"] == container]
    for volume in pod["spec"].get("volumes", []):
        if "hostPath" in volume:
            path = (node or folder / "node") / volume["hostPath"]["path"].lstrip("/")
            path.mkdir(parents=True, exist_ok=True)
            volume["hostPath"]["path"] = str(path)

    def data(name: str) -> Mapping[str, str]:
        maps = [each for each in objects if each["kind"] == "ConfigMap" and each["metadata"]["name"] == name]
        (only,) = maps
        return dict(only["data"])

    confidential = volumes.Confidential(
        lambda name: secret(objects, name), tokens or (lambda _source: "a-token-of-no-use")
    )
    mounts = volumes.prepare(pod, one, folder, data, confidential)
    secrets = volumes.secrets_of(pod, one, mounts)
    if account is not None:
        for path in (folder / "volumes").rglob("*"):
            if path.is_file() and path.parent not in secrets:
                path.write_text(volumes.translate(path.read_text(), {_ACCOUNT: account}))
    environment = pod_env.environment(pod, one, address, address, data)
    words = [
        volumes.translate(pod_env.expand(text, environment), mounts)
        for text in (*one.get("command", ())[1:], *one.get("args", ()))
    ]
    return Arguments(words, environment, mounts, secrets)


def secret(objects: Sequence[Object], name: str) -> dict[str, bytes]:
    """The files of the Secret of that name. Raises LookupError when there is none."""
    found = [each for each in objects if each["kind"] == "Secret" and each["metadata"]["name"] == name]
    if not found:
        raise LookupError(f"no Secret {name}")
    return {key: base64.b64decode(text) for key, text in found[0]["data"].items()}


def config_file(found: Arguments) -> Path:
    """The file that --config names."""
    (path,) = [word.removeprefix("--config=") for word in found.words if word.startswith("--config=")]
    return Path(path)


def containers(workload: Object) -> list[Object]:
    """Those that stay, and those that run before."""
    spec = workload["spec"]["template"]["spec"]
    return [*spec.get("initContainers", []), *spec["containers"]]
