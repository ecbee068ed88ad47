"""The line of Spark after the first: nothing hangs on one version."""

from collections.abc import Callable

import pytest
from locus_e2e import settings
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite, spark_image

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

LOCAL = 0.99


def test_all_three_layers_hold_with_the_next_line_of_spark(
    site: SparkSite, launch: Launch, even: Table, record_property: Record
) -> None:
    """The same settings, the same promises."""
    home = settings.spark_homes().get("4.1")
    if home is None:
        pytest.skip("Spark 4.1 could not be had")
    with (
        site.kubelet.using(spark_image(home)),
        launch("next", conf.locality([f"alluxio://{even.path}"]), spark=home) as application,
    ):
        meter = Meter(site, application)
        assert meter.nodes() == dict.fromkeys(NODES, 1)
        found = meter.scan("binaryFile", site.by_front(even.path))
        record_property(f"Spark {home.line}", found)
        assert found.sums == even.sums
        assert not found.short_of(LOCAL, even.bytes)
