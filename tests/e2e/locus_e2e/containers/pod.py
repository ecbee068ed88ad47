"""What a kubelet would make of one container of a pod: its mounts where the image has them, and the pod's own rules on
who it is and what it may do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from locus_e2e.containers.container import Mount, Wish
from locus_e2e.kube_api import Object
from locus_e2e.kubelet import pod_env
from locus_e2e.kubelet.pod_env import BadContainer

_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


@dataclass(frozen=True)
class Surroundings:
    """What of a container is not in its pod."""

    # The pod's address and the node's.
    address: str
    # The root of the node's file system.
    node: Path
    # Name of a config map -> its data.
    maps: Callable[[str], Mapping[str, str]]
    # The pod's own folder, for volumes.
    folder: Path
    # Token and authority of its service account, and the API server as host and port; None: it gets none.
    account: Path | None
    api_server: tuple[str, str]
    # Like the entries of a cluster's DNS: names of services, and where they are.
    names: Mapping[str, str]


def wish(
    pod: Object, container: Object, around: Surroundings, added: Sequence[str] = (), mounts: Sequence[Mount] = ()
) -> Wish:
    """`container`: one of the pod's, an init container too. `added`: further arguments, `mounts`: further mounts.
    Raises BadContainer for what is not known here."""
    security = {**pod["spec"].get("securityContext", {}), **container["securityContext"]}
    confined = security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"]
    if not confined or security["capabilities"]["drop"] != ["ALL"]:
        raise BadContainer(f"{container['name']} asks for more than this runtime gives")
    environment = pod_env.environment(pod, container, around.address, around.address, around.maps)
    own = [*files_of_a_kubelet(around.folder, around.names), *_volumes(pod, container, around), *mounts]
    if around.account is not None:
        host, port = around.api_server
        environment |= {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
        own.append(Mount(_ACCOUNT, around.account))
    return Wish(
        entry=container.get("command", ()),
        arguments=[*(pod_env.expand(text, environment) for text in container.get("args", ())), *added],
        environment=environment,
        user=f"{security['runAsUser']}:{security['runAsGroup']}",
        capabilities=[f"CAP_{name}" for name in security["capabilities"].get("add", [])],
        mounts=own,
    )


def files_of_a_kubelet(folder: Path, names: Mapping[str, str]) -> list[Mount]:
    """Those that every container gets, written to `folder`: who has which address."""
    folder.mkdir(parents=True, exist_ok=True)
    hosts, resolver = folder / "hosts", folder / "resolv.conf"
    lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in names.items())]
    hosts.write_text("\n".join(lines) + "\n")
    # Nobody answers there: a name is in the file above, or nowhere.
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    return [Mount("/etc/hosts", hosts), Mount("/etc/resolv.conf", resolver)]


def _volumes(pod: Object, container: Object, around: Surroundings) -> list[Mount]:
    volumes = {volume["name"]: volume for volume in pod["spec"].get("volumes", [])}
    found = []
    for mount in container.get("volumeMounts", []):
        volume = volumes[mount["name"]]
        if "hostPath" in volume:
            source = around.node / volume["hostPath"]["path"].lstrip("/")
            # As DirectoryOrCreate: root's.
            source.mkdir(parents=True, exist_ok=True)
        elif "configMap" in volume:
            source = around.folder / "volumes" / mount["name"]
            source.mkdir(parents=True, exist_ok=True)
            for key, text in around.maps(volume["configMap"]["name"]).items():
                (source / key).write_text(text)
        else:
            raise BadContainer(f"volume {volume}")
        found.append(Mount(mount["mountPath"], source, writable=not mount.get("readOnly", False)))
    return found
