"""What Spark does without Locus: the floor that the other tests of this tier are held against."""

from collections.abc import Callable

from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

_SPREAD = {"spread": True}
_KNOWS_ITS_NODE = {"spark.executor.extraJavaOptions": conf.USER_HOSTNAME}


def test_on_a_pod_network_no_task_is_local_and_most_bytes_cross_links(
    site: SparkSite, launch: Launch, even: Table, record_property: Record
) -> None:
    """Although there is an executor beside each worker, and it knows its node. Then the same application, on the same
    pods, through the front: what the front is worth without placement, where chance or a spread has placed well."""
    with launch("stock", _KNOWS_ITS_NODE, template=_SPREAD) as application:
        meter = Meter(site, application)
        assert meter.nodes() == dict.fromkeys(NODES, 1)
        stock = meter.scan("binaryFile", site.by_master(even.path))
        record_property("stock", stock)
        assert stock.sums == even.sums
        assert stock.tasks.by_locality == {"ANY": 30}
        assert stock.crossed > even.bytes / 3
        assert stock.others > even.bytes / 3

        front = meter.scan("binaryFile", site.by_front(even.path))
        record_property("through the front", front)
        assert front.sums == even.sums
        assert front.tasks.local() >= 0.99
        assert front.own >= 0.99 * even.bytes
        assert front.crossed <= 0.01 * even.bytes


def test_with_host_network_tasks_are_local(
    site: SparkSite, launch: Launch, even: Table, record_property: Record
) -> None:
    """What people do today where they may: pods give up their own addresses."""
    with launch("host-network", _KNOWS_ITS_NODE, template={"host_network": True, **_SPREAD}) as application:
        meter = Meter(site, application)
        assert set(meter.rest.executors().values()) == {site.host(node) for node in NODES}
        found = meter.scan("binaryFile", site.by_master(even.path))
        record_property("hostNetwork", found)
        assert found.sums == even.sums
        assert found.tasks.local() >= 0.99
        assert found.own >= 0.99 * even.bytes
        assert found.crossed <= 0.01 * even.bytes
