"""Executors that come when there is work."""

from collections.abc import Callable

from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

LOCAL = 0.95
_DYNAMIC = {
    "spark.dynamicAllocation.enabled": "true",
    "spark.dynamicAllocation.shuffleTracking.enabled": "true",
    "spark.dynamicAllocation.minExecutors": "0",
    "spark.dynamicAllocation.maxExecutors": "3",
    # None of them goes in the middle of the test.
    "spark.dynamicAllocation.executorIdleTimeout": "10m",
    "spark.scheduler.minRegisteredResourcesRatio": "0",
}


def test_what_comes_after_the_first_stage_is_local(
    site: SparkSite, launch: Launch, even: Table, record_property: Record
) -> None:
    """The first is listed before there is an executor, so nobody can be named in it; the second finds those that the
    first has called for."""
    properties = {**_DYNAMIC, **conf.locality([f"alluxio://{even.path}"])}
    with launch("dynamic", properties, executors=None) as application:
        meter = Meter(site, application)
        assert meter.nodes() == {}
        first = meter.scan("binaryFile", site.by_front(even.path))
        record_property("first", first)
        assert first.sums == even.sums
        assert meter.nodes() == dict.fromkeys(NODES, 1)
        second = meter.scan("binaryFile", site.by_front(even.path))
        record_property("second", second)
        assert second.sums == even.sums
        assert not second.short_of(LOCAL, even.bytes)
