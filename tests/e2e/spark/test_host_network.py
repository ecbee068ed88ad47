"""What people do today where they may: pods give up their own addresses. The mark that a pod network must reach."""

from collections.abc import Callable

from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

LOCAL = 0.99


def test_with_host_network_tasks_are_local_without_locus(
    site: SparkSite, launch: Launch, even: Table, record_property: Record
) -> None:
    """Spread by hand, one executor a node; the listing comes from Alluxio's own master."""
    by_hand = {"spark.executor.extraJavaOptions": conf.USER_HOSTNAME}
    with launch("host-network", by_hand, template={"host_network": True, "spread": True}) as application:
        meter = Meter(site, application)
        assert set(meter.rest.executors().values()) == {site.host(node) for node in NODES}
        found = meter.scan("binaryFile", site.by_master(even.path))
        record_property("hostNetwork", found)
        assert found.sums == even.sums
        assert not found.short_of(LOCAL, even.bytes)
