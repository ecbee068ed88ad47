"""Ways to run the same job: what a person would have set, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from benefit.datasets import BLOCK
from locus_e2e import settings
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_site import SparkSite

STOCK = "stock"
HOST_NETWORK = "hostNetwork by hand"
PLACEMENT = "placement only"
FRONT = "front only"
LOCUS = "Locus (all layers)"
MOUNTED = "Locus (tiers mounted)"
ORDER = (STOCK, HOST_NETWORK, PLACEMENT, FRONT, LOCUS, MOUNTED)
# Over what the tests give their JVMs: the compiler that people have, which takes many scans to come to rest.
FULL_COMPILER = "-XX:TieredStopAtLevel=4"
# Pods of a cluster see their node's tier folders where somebody mounts them. Here all see them, so it is switched.
_SHORT_CIRCUIT = "-Dalluxio.user.short.circuit.enabled=true"
EXECUTORS = 3
# Of each executor, which has one core for Spark: all applications of a data set stand there at the same time, and one
# at a time works.
_REQUEST = "300m"
# What Spark has by itself. With half of it a quarter of a scan is garbage collection: each file is an array.
_MEMORY = "1g"
_KEEPS_COPIES = "-Dalluxio.user.file.passive.cache.enabled=true -Dalluxio.user.file.readtype.default=CACHE"


@dataclass(frozen=True)
class Running:
    """An application of one set-up, and the URI under which it reads a folder."""

    setup: str
    application: SparkApplication
    authority: str

    def uri(self, folder: str) -> str:
        """Of a folder of Alluxio's."""
        return f"alluxio://{self.authority}{folder}"


def start(
    site: SparkSite, setup: str, data: str, folder: Path, *, keep_copies: bool = False, java_options: str = ""
) -> Running:
    """`data`: the folder that the job will read, as locus.dev/inputs says where Locus places. `keep_copies`: reads
    leave copies in Alluxio, as its defaults have it; otherwise no scan changes what the next one finds.
    `java_options`: of driver and executors, besides."""
    folder.mkdir(parents=True)
    # On the hub, with an address of its own, as a pod of a driver would have.
    seat = site.network.add_host(f"driver-{folder.name}")
    front, master = site.locus.front(), site.alluxio.master_addresses()[0]
    template = folder / "pod.yaml"
    _write_template(template, setup)
    properties = conf.merged(
        conf.base(site.control, settings.spark_client(), seat.address, template),
        {
            "spark.executor.extraJavaOptions": java_options,
            "spark.driver.extraJavaOptions": java_options,
            "spark.executor.instances": str(EXECUTORS),
            "spark.kubernetes.executor.request.cores": _REQUEST,
            "spark.executor.memory": _MEMORY,
            # What Spark has by itself; a set-up that knows better says so.
            "spark.locality.wait": "3s",
            # A task a file in each of them.
            "spark.sql.files.maxPartitionBytes": str(BLOCK),
            "spark.sql.files.openCostInBytes": str(BLOCK),
        },
        {"spark.executor.extraJavaOptions": _KEEPS_COPIES, "spark.driver.extraJavaOptions": _KEEPS_COPIES}
        if keep_copies
        else {},
    )
    authority = front if setup in (FRONT, LOCUS, MOUNTED) else master
    if setup in (LOCUS, MOUNTED):
        properties = conf.merged(properties, _from_locusctl(site, data, front, folder))
        if setup == MOUNTED:
            properties = conf.merged(properties, {"spark.executor.extraJavaOptions": _SHORT_CIRCUIT})
    elif setup == PLACEMENT:
        properties |= {
            "spark.kubernetes.executor.scheduler.name": "locus",
            "spark.kubernetes.executor.annotation.locus.dev/inputs": f"alluxio://{data}",
        }
    application = SparkApplication(site.spark, f"benefit-{folder.name}", folder / "driver", properties, seat)
    application.wait_started()
    return Running(setup, application, authority)


def _from_locusctl(site: SparkSite, data: str, front: str, folder: Path) -> Mapping[str, str]:
    """What `locusctl spark-conf` writes: the product's own answer."""
    written = folder / "locus-conf"
    command = [
        "spark-conf", "--inputs", f"alluxio://{data}", "--front", front, "--executors", str(EXECUTORS),
        "--block-size", f"{BLOCK}B", "--folder", str(written),
    ]  # fmt: skip
    done = site.locus.locusctl(*command)
    if done.status != 0:
        raise RuntimeError(f"locusctl {' '.join(command)}: {done.errors}")
    lines = (written / "locus.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _write_template(path: Path, setup: str) -> None:
    host_ip = {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    spec: dict[str, object] = {"containers": [{"name": "spark-kubernetes-executor", "env": [host_ip]}]}
    if setup == HOST_NETWORK:
        spec |= {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}
    if setup in (STOCK, HOST_NETWORK, FRONT):
        # The best that a person who knows nothing of the data can do: an executor on each node.
        spec["topologySpreadConstraints"] = [{
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"spark-role": "executor"}},
            "matchLabelKeys": ["spark-app-selector"],
        }]  # fmt: skip
    path.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "spec": spec}))
