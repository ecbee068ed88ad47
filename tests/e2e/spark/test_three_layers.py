"""Pod, task and read are local, on a pod network: executors placed by Locus, listings through the front."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from locus_e2e import spark_data
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Measured, Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite
from locus_e2e.waiting import until

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

# Promised to an application, and to each of two at once.
LOCAL, LOCAL_BESIDE_ANOTHER = 0.99, 0.95
_RESTART_SECONDS = 60.0


@pytest.fixture(scope="module")
def two(site: SparkSite, launch: Launch, even: Table, lines: Table) -> Iterator[list[Meter]]:
    """Two applications that read the same tables, each with its driver at an address of its own, as in a cluster."""
    inputs = [f"alluxio://{table.path}" for table in (even, lines)]
    launched = [launch(name, conf.locality(inputs), seat=site.network.add_host(name)) for name in ("first", "second")]
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


def judge(found: Measured, table_bytes: int, promise: float = LOCAL) -> None:
    """Tasks, and bytes both ways: those that came from the own node, and those that crossed links."""
    assert found.tasks.local() >= promise
    assert found.own >= promise * table_bytes
    assert found.others <= (1 - promise) * table_bytes
    assert found.crossed <= (1 - promise) * table_bytes


def test_each_node_with_data_has_an_executor_of_each_application(two: list[Meter]) -> None:
    """Placed by the real scheduler with Locus' scores."""
    for meter in two:
        assert meter.nodes() == dict.fromkeys(NODES, 1)


def test_thirty_blocks(site: SparkSite, meter: Meter, even: Table, record_property: Record) -> None:
    """A block a task."""
    found = meter.scan("binaryFile", site.by_front(even.path))
    record_property("binary", found)
    assert found.sums == even.sums
    assert found.tasks.count == len(even.sizes)
    judge(found, even.bytes)


def test_three_hundred_blocks_of_text(site: SparkSite, meter: Meter, lines: Table, record_property: Record) -> None:
    """A block a task, or nearly."""
    found = meter.scan("text", site.by_front(lines.path))
    record_property("text", found)
    assert found.sums == lines.sums
    judge(found, lines.bytes)


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
    judge(found, sum(lines.sizes[name] for name in names))


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
        assert found.tasks.local() >= LOCAL_BESIDE_ANOTHER
        assert found.own >= LOCAL_BESIDE_ANOTHER * lines.bytes
        assert found.others <= (1 - LOCAL_BESIDE_ANOTHER) * lines.bytes


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
    judge(after, lines.bytes)


def test_an_executor_that_is_killed_in_mid_job_is_replaced_on_a_holder(
    site: SparkSite, two: list[Meter], lines: Table, record_property: Record
) -> None:
    """The job ends well. A frame that was listed before keeps the address of the dead one; the next listing has the
    new one's."""
    meter = two[1]
    tag = meter.begin("text", site.by_front(lines.path))
    until("first tasks", 60, lambda: meter.rest.finished(tag) >= 30, every=0.05)
    victim = meter.executors()[0]
    victim.process.kill()
    during = meter.end()
    record_property("killed in mid-job", during)
    assert during.sums == lines.sums

    before = victim.seat.address
    until("replacement", _RESTART_SECONDS, lambda: len(meter.rest.executors()) == len(NODES), every=0.2)
    assert before not in meter.rest.executors().values()
    assert meter.nodes() == dict.fromkeys(NODES, 1)
    after = meter.scan("text", site.by_front(lines.path))
    record_property("the next listing", after)
    assert after.sums == lines.sums
    judge(after, lines.bytes)
