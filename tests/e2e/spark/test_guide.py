"""docs/spark.md, followed literally: what it prints is what a reader gets."""

import os
import re
import subprocess
from collections.abc import Callable

from locus_e2e import guide, settings, spark_data
from locus_e2e.settings import ROOT
from locus_e2e.spark_app import conf
from locus_e2e.spark_data import Table
from locus_e2e.spark_site import NODES, SparkSite

Record = Callable[[str, object], None]

_SECONDS = 500
_LAYERS = ("executors on the data", "tasks on the right executor", "reads from the own node")


def _table(site: SparkSite) -> Table:
    table = spark_data.text(site.alluxio.ufs, "/warehouse/events", 12, 1 << 20)
    spark_data.cache(site.alluxio, table, [site.host(node) for node in NODES])
    return table


def _environment(site: SparkSite, table: Table) -> dict[str, str]:
    """What the page says differs by cluster, and a Python that has pyspark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYTHON", "LOCUS_"))}
    locusctl = settings.programs().locusctl.parent
    return {
        **kept,
        "PATH": f"{locusctl}:{site.spark.python.parent}:{os.environ['PATH']}",
        "PYSPARK_PYTHON": str(site.spark.python),
        "K8S_MASTER": f"k8s://{site.control.url}",
        "SPARK_HOME": str(site.spark.home),
        "FRONT": site.locus.front(),
        "DATA": table.path,
        "LOCUS_META": site.locus.meta.target(),
        "LOCUS_EXTENDER": site.extender.url(),
    }


def test_the_guide_leads_from_nothing_to_a_local_job(site: SparkSite, record_property: Record) -> None:
    """Client mode, the doctor, dynamic allocation, and settings written down for spark-submit itself."""
    page = guide.read(ROOT / "docs" / "spark.md")
    table = _table(site)
    folder = site.folder / "guide"
    folder.mkdir()
    for name, text in page.files.items():
        (folder / name).write_text(text)
    cluster = conf.cluster(site.control, settings.spark_client(), site.network.hub.address)
    (folder / "cluster.conf").write_text("".join(f"{key} {value}\n" for key, value in cluster.items()))
    log, errors = folder / "log", folder / "errors"
    with log.open("w") as output, errors.open("w") as complaints:
        done = subprocess.run(
            ["bash", "-c", page.script()],
            cwd=folder,
            env=_environment(site, table),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=complaints,
            timeout=_SECONDS,
            check=False,
        )
    said = page.outputs(log.read_text())
    assert done.returncode == 0, f"{list(said)[-1]}: {said[list(said)[-1]]}\n{errors.read_text()[-3000:]}"

    counted = f"lines {table.sums.rows}"
    assert said["end"].strip() == f"scan 20 {counted}"
    for name in ("dynamic", "files"):
        assert f"scan 2 {counted}" in said[name], name
    for layer in _LAYERS:
        verdict = re.search(rf"^(\S+) +{layer}$", said["doctor"], re.MULTILINE)
        assert verdict is not None and verdict.group(1) == "ok", said["doctor"]
    evidence = re.search(r"executors read (\d+)% of .*", said["doctor"])
    assert evidence is not None and int(evidence.group(1)) >= 99, said["doctor"]
    record_property("the doctor", evidence.group(0))
