"""Pod, task and read are local, on a pod network: executors placed by Locus, listings through the front."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from locus_e2e import spark_data
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite
from locus_e2e.waiting import until

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

# Promised to an application, and to each of two at once.
LOCAL, LOCAL_BESIDE_ANOTHER = 0.99, 0.95
_RESTART_SECONDS = 60.0
# What an executor sends when it lists a path: its question, and the answer in Java's serialisation to the driver. Seen:
# 9 kB.
_LISTED_PATH = 20_000


@pytest.fixture(scope="module")
def two(site: SparkSite, launch: Launch, even: Table, lines: Table) -> Iterator[list[Meter]]:
    """Two applications that read the same tables, each with its driver at an address of its own, as in a cluster."""
    inputs = [f"alluxio://{table.path}" for table in (even, lines)]
    launched = [launch(name, conf.locality(inputs)) for name in ("first", "second")]
    with contextlib.ExitStack() as ends:
        yield [Meter(site, ends.enter_context(application)) for application in launched]


@pytest.fixture(scope="module")
def meter(two: list[Meter]) -> Meter:
    """The first of them; the second one rests."""
    return two[0]


@pytest.fixture(scope="module")
def columns(site: SparkSite, meter: Meter) -> Table:
    """Parquet files of some four megabytes, written by Spark, cached like the others."""
    rows, repeat = 60_000, 32
    path = "/columns"
    meter.application.write_parquet(f"file://{site.alluxio.ufs}{path}", rows, repeat, 15)
    table = spark_data.numbered(site.alluxio.ufs, path, rows, repeat)
    spark_data.cache(site.alluxio, table, [site.host(node) for node in NODES])
    return table


def test_each_node_with_data_has_an_executor_of_each_application(two: list[Meter]) -> None:
    """Placed by the real scheduler with Locus' scores."""
    for meter in two:
        assert meter.nodes() == dict.fromkeys(NODES, 1)


def test_placement_alone_leaves_every_task_anywhere(
    site: SparkSite, meter: Meter, even: Table, record_property: Record
) -> None:
    """An executor beside each worker, each of which knows its node; Alluxio's own master answers the listing. This is
    stock Spark on a pod network where the scheduler happened to place well: two of three bytes cross links."""
    found = meter.scan("binaryFile", site.by_master(even.path))
    record_property("stock listing", found)
    assert found.sums == even.sums
    assert found.tasks.by_locality == {"ANY": len(even.sizes)}
    assert found.others > even.bytes / 3
    assert found.crossed > even.bytes / 3


def test_thirty_blocks(site: SparkSite, meter: Meter, even: Table, record_property: Record) -> None:
    """A block a task."""
    found = meter.scan("binaryFile", site.by_front(even.path))
    record_property("binary", found)
    assert found.sums == even.sums
    assert found.tasks.count == len(even.sizes)
    assert not found.short_of(LOCAL, even.bytes)


def test_three_hundred_blocks_of_text(site: SparkSite, meter: Meter, lines: Table, record_property: Record) -> None:
    """A block a task, or nearly."""
    found = meter.scan("text", site.by_front(lines.path))
    record_property("text", found)
    assert found.sums == lines.sums
    assert not found.short_of(LOCAL, lines.bytes)


def test_parquet(site: SparkSite, meter: Meter, columns: Table, record_property: Record) -> None:
    """Footers, column chunks: reads at many places of a file."""
    found = meter.scan("parquet", site.by_front(columns.path))
    record_property("parquet", found)
    assert found.sums == columns.sums
    assert found.tasks.local() >= LOCAL
    assert found.own_share() >= LOCAL
    assert found.crossed <= (1 - LOCAL) * columns.bytes


def test_more_than_32_paths_which_executors_list(
    site: SparkSite, meter: Meter, lines: Table, record_property: Record
) -> None:
    """So executors, too, are told addresses that the driver knows."""
    names = sorted(lines.sizes)[:90]
    found = meter.scan("text", *(site.by_front(f"{lines.path}/{name}") for name in names))
    record_property("90 paths", found)
    assert meter.rest.listing_tasks(found.scan) > 1
    size = sum(lines.sizes[name] for name in names)
    assert not found.short_of(LOCAL, size, besides=_LISTED_PATH * len(names))


def test_two_applications_at_once_are_each_told_their_own_executors(
    site: SparkSite, two: list[Meter], lines: Table, record_property: Record
) -> None:
    """On the same nodes, of the same blocks."""
    for meter in two:
        meter.begin("text", site.by_front(lines.path))
    for meter in two:
        found = meter.end()
        record_property(meter.application.name, found)
        assert found.sums == lines.sums
        assert not found.short_of(LOCAL_BESIDE_ANOTHER, lines.bytes)


def test_a_front_that_is_killed_and_restarted_in_mid_job_fails_no_job(
    site: SparkSite, two: list[Meter], lines: Table, record_property: Record
) -> None:
    """The job goes on: what it opens meanwhile waits for the front. What comes later is as local as ever."""
    meter = two[1]
    tag = meter.begin("text", site.by_front(lines.path))
    until("first tasks", 60, lambda: meter.rest.finished(tag) >= 30, every=0.05)
    site.locus.meta.kill()
    site.locus.meta.start()
    site.locus.meta.wait_ready("admin", _RESTART_SECONDS)
    during = meter.end()
    record_property("killed in mid-job", during)
    assert during.sums == lines.sums
    after = meter.scan("text", site.by_front(lines.path))
    record_property("the next", after)
    assert after.sums == lines.sums
    assert not after.short_of(LOCAL, lines.bytes)
