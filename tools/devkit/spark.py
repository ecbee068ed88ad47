"""Spark of several lines, and Alluxio's client for it: fetched once, and kept."""

import shutil
from pathlib import Path

from devkit import jar_lock, locks, maven, venv
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "spark"
CLIENT_LOCK = SOURCE / "client.lock"
# The first is what most tests run, the others a few.
LINES = ("3.5", "4.1")
FIRST = LINES[0]
_BUILT_WITH = "spark/requirements-build.lock"
_REPOSITORY = CACHE / "spark-maven"
# The client names a parent that was never published. It has nothing to say here: no dependency of the client is asked
# for, as all are in its jar.
_PARENT = """\
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>org.alluxio</groupId><artifactId>alluxio-shaded</artifactId><version>{version}</version>
<packaging>pom</packaging></project>
"""


def ensure(line: str = FIRST) -> Path:
    """The Python environment with pyspark of this line, its jars in it: some 350 MB, made when it is not there yet,
    which takes about a minute. Raises StepFailed."""
    return venv.ensure(f"spark/requirements-{line}.lock", f"Spark {line}", built_with=_BUILT_WITH)


def ensure_client() -> Path:
    """Alluxio's client as one jar: 98 MB, fetched when it is not there yet. Raises StepFailed."""
    wanted = jar_lock.read(CLIENT_LOCK)
    (client,) = wanted
    folder = CACHE / f"spark-client-{jar_lock.digest_of([CLIENT_LOCK])}"
    if not folder.exists():
        with locks.exclusive(folder.with_suffix(".lock"), "Alluxio's client for Spark"):
            if not folder.exists():
                _fetch(client, wanted, folder)
    return folder / client.jar


def _fetch(client: maven.Artifact, wanted: dict[maven.Artifact, str], folder: Path) -> None:
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    # As if it had been built here.
    parent = _REPOSITORY / "org" / "alluxio" / "alluxio-shaded" / client.version
    parent.mkdir(parents=True, exist_ok=True)
    (parent / f"alluxio-shaded-{client.version}.pom").write_text(_PARENT.format(version=client.version))
    maven.fetch([client], unfinished, _REPOSITORY)
    jar_lock.check(unfinished, CLIENT_LOCK, wanted, _REPOSITORY)
    unfinished.rename(folder)
    shutil.rmtree(_REPOSITORY, ignore_errors=True)
