"""Jars from Maven, named one by one: what a project resolves to today must not change what is fetched tomorrow."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from devkit import steps

_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1"
_HEAD = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion>
<groupId>dev.locus</groupId><artifactId>locked</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
"""
# Nothing that a jar asks for comes along: the lock names all of it.
_ALONE = "<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>"


@dataclass(frozen=True, order=True)
class Artifact:
    """A jar by its coordinates. An empty classifier: the plain one."""

    group: str
    name: str
    version: str
    classifier: str = ""

    @property
    def jar(self) -> str:
        """The name under which Maven copies it."""
        return "-".join(part for part in (self.name, self.version, self.classifier) if part) + ".jar"

    def __str__(self) -> str:
        return ":".join(part for part in (self.group, self.name, self.version, self.classifier) if part)

    @staticmethod
    def parse(text: str) -> "Artifact":
        """The form that str() gives. Raises ValueError for anything else."""
        parts = text.split(":")
        if len(parts) not in (3, 4) or not all(re.fullmatch(r"[A-Za-z0-9._-]+", part) for part in parts):
            raise ValueError(f"no group:artifact:version[:classifier]: {text}")
        return Artifact(*parts)


def fetch(artifacts: Sequence[Artifact], into: Path, repository: Path) -> None:
    """Copies these jars, and no others, to the folder `into`. Raises StepFailed.

    Where from is said by the user's own Maven settings; `repository` keeps what was fetched should it end half-way.
    """
    into.mkdir(parents=True)
    pom = into / "pom.xml"
    pom.write_text(_HEAD + "".join(map(_dependency, artifacts)) + "</dependencies></project>\n")
    run(pom, "copy-dependencies", repository, f"-DoutputDirectory={into}", "-DexcludeTransitive=true")
    pom.unlink()


def resolve(pom: Path, repository: Path, listing: Path) -> list[Artifact]:
    """Everything that a project needs when it runs; `listing` is a file that may be written."""
    run(pom, "list", repository, f"-DoutputFile={listing}", "-DincludeScope=runtime")
    found = []
    for line in listing.read_text().splitlines():
        words = re.fullmatch(r"\s+([\w.-]+):([\w.-]+):jar:(?:([\w.-]+):)?([\w.-]+):(?:compile|runtime)\b.*", line)
        if words:
            group, name, classifier, version = words.groups()
            found.append(Artifact(group, name, version, classifier or ""))
    return sorted(found)


def run(pom: Path, goal: str, repository: Path, *options: str) -> None:
    """One goal of the dependency plugin."""
    maven = shutil.which("mvn")
    if maven is None:
        raise steps.StepFailed("  mvn is missing\n  next: apt-get install maven")
    steps.run(
        f"Maven {goal}",
        [maven, "--batch-mode", "--strict-checksums", "-f", pom, f"-Dmaven.repo.local={repository}",
         f"{_PLUGIN}:{goal}", *options],
        name=f"maven-{goal}",
        hint="look at the mirrors and proxies in ~/.m2/settings.xml, and the network, then start again",
    )  # fmt: skip


def _dependency(artifact: Artifact) -> str:
    classifier = f"<classifier>{escape(artifact.classifier)}</classifier>" if artifact.classifier else ""
    return (
        f"<dependency><groupId>{escape(artifact.group)}</groupId><artifactId>{escape(artifact.name)}</artifactId>"
        f"<version>{escape(artifact.version)}</version>{classifier}{_ALONE}</dependency>\n"
    )
