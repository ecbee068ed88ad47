"""Spark's settings: what any application needs here, and, apart from that, what locality needs."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from locus_e2e.cluster import NAMESPACE
from locus_e2e.control_plane import ControlPlane

Properties = dict[str, str]

# Two cores run everything: what a JVM saves at its start counts more than how fast it gets.
_SMALL_JVM = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote"
# What would make later scans local whatever happens: a remote read leaves a copy on the reader's own node.
_NO_COPIES = "-Dalluxio.user.file.passive.cache.enabled=false -Dalluxio.user.file.readtype.default=NO_CACHE"
# A pod sees the folders of its node's worker only where somebody has mounted them; here everybody would see them all.
_NO_SHORT_CIRCUIT = "-Dalluxio.user.short.circuit.enabled=false"
_QUIET = "-Dalluxio.user.metrics.collection.enabled=false"
_JAVA_OPTIONS = " ".join((_SMALL_JVM, _NO_COPIES, _NO_SHORT_CIRCUIT, _QUIET))
# How long a task waits for a free core on a node with its data. Spark's own 3 s let some go elsewhere when a machine is
# busy for a moment, so `locusctl spark-conf` writes 10 s. Here up to eight JVMs that were just started share two cores.
_LOCALITY_WAIT = "20s"
USER_HOSTNAME = "-Dalluxio.user.hostname=$(HOST_IP)"


def cluster(control: ControlPlane, client: Path, driver_address: str) -> Properties:
    """What anybody needs for any job on this cluster, whoever submits it. `client`: the jar of Alluxio's client."""
    return {
        "spark.kubernetes.authenticate.caCertFile": str(control.certificate),
        "spark.kubernetes.authenticate.oauthToken": control.token,
        "spark.kubernetes.namespace": NAMESPACE,
        "spark.kubernetes.container.image": "never-pulled",
        "spark.driver.host": driver_address,
        "spark.driver.bindAddress": driver_address,
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.executor.cores": "1",
        "spark.driver.extraClassPath": str(client),
        "spark.executor.extraClassPath": str(client),
        "spark.driver.extraJavaOptions": _JAVA_OPTIONS,
        "spark.executor.extraJavaOptions": _JAVA_OPTIONS,
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "3",
    }


def base(control: ControlPlane, client: Path, driver_address: str, template: Path) -> Properties:
    """For an application in client mode that the tests submit themselves."""
    return {
        **cluster(control, client, driver_address),
        "spark.master": f"k8s://{control.url}",
        "spark.submit.deployMode": "client",
        "spark.kubernetes.executor.podTemplateFile": str(template),
        # Several executors on a node may share its address.
        "spark.blockManager.port": "0",
        "spark.shuffle.readHostLocalDisk": "false",
        # A task a file, however small.
        "spark.sql.files.openCostInBytes": "0",
        "spark.sql.files.maxPartitionBytes": "1m",
        "spark.locality.wait": _LOCALITY_WAIT,
        # All executors are there before the first listing.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
    }


def in_cluster_mode(control: ControlPlane, client: Path, folder: Path) -> Properties:
    """For an application whose driver is a pod. `folder`: for what the driver pod would have mounted."""
    outside = base(control, client, "", folder / "unused.yaml")
    driver_s_own = ("spark.driver.host", "spark.driver.bindAddress", "spark.kubernetes.executor.podTemplateFile")
    token = folder / "token"
    token.write_text(control.token)
    mounted = "spark.kubernetes.authenticate.driver.mounted"
    return {
        **{key: value for key, value in outside.items() if key not in driver_s_own},
        "spark.submit.deployMode": "cluster",
        # Spark writes it into the driver pod, where 0 is no port.
        "spark.driver.blockManager.port": "7079",
        "spark.kubernetes.authenticate.submission.caCertFile": str(control.certificate),
        "spark.kubernetes.authenticate.submission.oauthToken": control.token,
        # A pod's service account, and the API server's name in a cluster.
        f"{mounted}.caCertFile": str(control.certificate),
        f"{mounted}.oauthTokenFile": str(token),
        "spark.kubernetes.driver.master": control.url,
        "spark.kubernetes.driver.request.cores": "100m",
    }


def merged(*parts: Mapping[str, str]) -> Properties:
    """Later ones win; Java options add up."""
    found: Properties = {}
    for part in parts:
        for key, value in part.items():
            joined = f"{found[key]} {value}" if key.endswith("extraJavaOptions") and key in found else value
            found[key] = joined
    return found


def pod_template(path: Path, *, host_network: bool = False, spread: bool = False, gate: str = "") -> Path:
    """Writes an executor's pod template. `spread`: no node gets a second one before each has one."""
    host_ip = {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    spec: dict[str, object] = {"containers": [{"name": "spark-kubernetes-executor", "env": [host_ip]}]}
    if host_network:
        spec |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    if spread:
        spec["topologySpreadConstraints"] = [{
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"spark-role": "executor"}},
        }]  # fmt: skip
    if gate:
        spec["schedulingGates"] = [{"name": gate}]
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "spec": spec}))
    return path


def locality(inputs: Iterable[str], **annotations: str) -> Properties:
    """What placement and reading need, beside a URI that names the front. `annotations`: without the prefix, `_` for
    `-`."""
    told = {"inputs": ",".join(inputs), **{key.replace("_", "-"): value for key, value in annotations.items()}}
    return {
        "spark.kubernetes.executor.scheduler.name": "locus",
        **{f"spark.kubernetes.executor.annotation.locus.dev/{key}": value for key, value in told.items()},
        "spark.executor.extraJavaOptions": USER_HOSTNAME,
    }
