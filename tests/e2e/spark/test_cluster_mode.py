"""The driver is a pod, too: submitted as docs/spark.md says, it is known by its own address."""

import contextlib
from collections.abc import Callable
from urllib.parse import urlsplit

from locus_e2e import settings
from locus_e2e.kubelet.running_pod import RunningPod
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite

Record = Callable[[str, object], None]

LOCAL = 0.99
_EXECUTORS = len(NODES)


def _driver(site: SparkSite, application: SparkApplication) -> RunningPod:
    (pod,) = site.kubelet.pods({"spark-app-selector": application.id, "spark-role": "driver"})
    return pod


def test_all_three_layers_hold_for_a_driver_that_is_a_pod(
    site: SparkSite, even: Table, record_property: Record
) -> None:
    """`locusctl submit -- --deploy-mode cluster`; the executors' pod template travels in Spark's own config map."""
    folder = site.folder / "cluster-mode"
    mounted = site.folder / "cluster-mode-mounted"
    mounted.mkdir()
    properties = conf.in_cluster_mode(site.control, settings.spark_client(), mounted)
    submit = [
        settings.programs().locusctl, "submit", "--inputs", f"alluxio://{even.path}", "--front", site.locus.front(),
        "--executors", _EXECUTORS, "--spark-submit", site.spark.home / "bin" / "spark-submit", "--",
    ]  # fmt: skip
    application = SparkApplication(site.spark, "cluster-mode", folder, properties, site.network.hub, submit)
    with contextlib.ExitStack() as ends:
        ends.callback(site.plane.clear)
        ends.enter_context(contextlib.closing(application))
        application.wait_started()
        driver = _driver(site, application)
        # Spark names its page by the driver's service, which only pods resolve.
        application.ui = f"http://{driver.seat.address}:{urlsplit(application.ui).port}"
        meter = Meter(site, application)
        assert meter.nodes() == dict.fromkeys(NODES, 1)
        found = meter.scan("binaryFile", site.by_front(even.path))
        record_property("cluster mode", found)
        assert found.sums == even.sums
        assert found.tasks.count == len(even.sizes)
        assert not found.short_of(LOCAL, even.bytes)
        told = site.locus.locusctl("doctor", "--app", application.id, "--extender", site.extender.url())
        assert told.status == 0, told.output + told.errors
