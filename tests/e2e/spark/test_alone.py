"""The three layers with no Alluxio anywhere: Spark's stock client lists at the front and reads from locus-workers."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import settings, spark_data
from locus_e2e.alone_site import AloneSite, open_alone_site
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_app.measure import Meter
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES

Record = Callable[[str, object], None]
Launch = Callable[..., SparkApplication]

LOCAL = 0.99
_MIB = 1 << 20


@pytest.fixture(scope="module")
def site(run_folder: Path) -> Iterator[AloneSite]:
    """In the place of the one with an Alluxio, for what `launch` makes too."""
    with open_alone_site(run_folder / "alone-site", next(iter(settings.spark_homes().values())), "512MiB") as opened:
        yield opened


@pytest.fixture(scope="module")
def table(site: AloneSite) -> Table:
    """30 blocks of four megabytes, ten on each node."""
    made = spark_data.binary(site.locus.origin, "/even", 30, 4 * _MIB)
    paths = [f"/even/{name}" for name in sorted(made.sizes, key=lambda name: made.sizes[name])]
    for number, node in enumerate(NODES):
        site.locus.cache(site.host(node), *paths[number :: len(NODES)])
    return made


@pytest.fixture(scope="module")
def meter(site: AloneSite, launch: Launch, table: Table) -> Iterator[Meter]:
    """An application placed by Locus."""
    application = launch("alone", conf.locality([f"alluxio://{table.path}"]))
    with contextlib.ExitStack() as ends:
        yield Meter(site, ends.enter_context(application))


def test_each_node_with_data_has_an_executor(meter: Meter) -> None:
    """Placed by the real scheduler with Locus' scores."""
    assert meter.nodes() == dict.fromkeys(NODES, 1)


def test_thirty_blocks(site: AloneSite, meter: Meter, table: Table, record_property: Record) -> None:
    """A block a task: each on the executor beside its worker, and read from there."""
    found = meter.scan("binaryFile", site.by_front(table.path))
    record_property("alone", found)
    assert found.sums == table.sums
    assert found.tasks.count == len(table.sizes)
    assert not found.short_of(LOCAL, table.bytes)


def test_doctor_finds_nothing_wrong(site: AloneSite, meter: Meter) -> None:
    """It asks the same services, whatever is behind the front."""
    told = site.locus.locusctl("doctor", "--app", meter.application.id)
    assert told.status == 0, told.output + told.errors
