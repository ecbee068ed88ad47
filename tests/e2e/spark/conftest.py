"""One machine of three nodes for all tests of this tier. Data lie there for all; applications are each test's own."""

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import folders, session, settings, spark_data, stubs
from locus_e2e.settings import SparkHome
from locus_e2e.spark_app import conf
from locus_e2e.spark_app.application import SparkApplication
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite, open_site

# Under-store and tiers.
_MEMORY_BYTES = 3 << 30
_TIER_BYTES = 768 << 20
_MIB = 1 << 20

Launch = Callable[..., SparkApplication]


def pytest_configure() -> None:
    """Ends in order."""
    session.end_in_order_when_told()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Localities and bytes."""
    session.print_figures(terminalreporter)


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """For everything that this run writes."""
    with folders.run_folder(_MEMORY_BYTES) as folder:
        stubs.generate(folder / "stubs")
        yield folder


@pytest.fixture(scope="session")
def site(run_folder: Path) -> Iterator[SparkSite]:
    """Everything but applications."""
    with open_site(run_folder / "site", next(iter(settings.spark_homes().values())), _TIER_BYTES) as opened:
        yield opened


@pytest.fixture(scope="session")
def even(site: SparkSite) -> Table:
    """30 blocks of four megabytes, ten on each node."""
    table = spark_data.binary(site.alluxio.ufs, "/even", 30, 4 * _MIB)
    spark_data.cache(site.alluxio, table, [site.host(node) for node in NODES])
    return table


@pytest.fixture(scope="session")
def lines(site: SparkSite) -> Table:
    """300 blocks of text, a megabyte each, a hundred on each node."""
    table = spark_data.text(site.alluxio.ufs, "/lines", 300, _MIB)
    spark_data.cache(site.alluxio, table, [site.host(node) for node in NODES])
    return table


@pytest.fixture(scope="session")
def one_sided(site: SparkSite) -> Table:
    """20 blocks of four megabytes, ten on each of the first two nodes, none on the third."""
    table = spark_data.binary(site.alluxio.ufs, "/one-sided", 20, 4 * _MIB)
    spark_data.cache(site.alluxio, table, [site.host(node) for node in NODES[:2]])
    return table


@pytest.fixture(scope="module")
def launch(site: SparkSite) -> Iterator[Launch]:
    """Launches applications that end with the module:
    launch(name, properties, executors=3, spark=which line, template=options of the pod template). None of them is ready
    yet: `with` waits. Each has its driver on a machine of its own: the front cannot tell drivers at one address apart.
    """
    with contextlib.ExitStack() as ends:
        # Executors of a driver that did not end in order would take room for ever.
        ends.callback(site.plane.clear)
        numbers = itertools.count(1)

        def one(
            name: str,
            properties: Mapping[str, str] | None = None,
            *,
            executors: int | None = 3,
            spark: SparkHome | None = None,
            template: Mapping[str, Any] | None = None,
        ) -> SparkApplication:
            folder = site.folder / f"{name}-{next(numbers)}"
            at = site.network.add_host(folder.name)
            pod = conf.pod_template(site.folder / f"{folder.name}.yaml", **(template or {}))
            base = conf.base(site.control, settings.spark_client(), at.address, pod)
            count = {"spark.executor.instances": str(executors)} if executors is not None else {}
            everything = conf.merged(base, count, properties or {})
            application = SparkApplication(spark or site.spark, name, folder, everything, at)
            return ends.enter_context(contextlib.closing(application))

        yield one
