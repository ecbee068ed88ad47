"""Writes tools/alluxio/alluxio.lock anew from tools/alluxio/pom.xml: python -m devkit.alluxio_lock"""

import sys
import tempfile
from pathlib import Path

from devkit import alluxio, jar_lock, maven, steps

_HEAD = """\
# What tools/alluxio/pom.xml resolves to: SHA-256 of the jar, two blanks, group:artifact:version[:classifier].
# Written by: PYTHONPATH=tools /usr/bin/python3 -m devkit.alluxio_lock
"""

# A second logger: with it on the class path slf4j takes one of the two by chance.
_LEFT_OUT = {"slf4j-reload4j"}


def main() -> int:
    """Exit status: 0 written, 1 not."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        try:
            resolved = maven.resolve(alluxio.SOURCE / "pom.xml", alluxio.REPOSITORY, folder / "list")
            artifacts = [artifact for artifact in resolved if artifact.name not in _LEFT_OUT]
            maven.fetch(artifacts, folder / "lib", alluxio.REPOSITORY)
        except steps.StepFailed as problem:
            print(problem, file=sys.stderr)
            return 1
        moving = [str(artifact) for artifact in artifacts if artifact.version.endswith("-SNAPSHOT")]
        if moving:
            print(f"  not locked: {', '.join(moving)} may change under the same name", file=sys.stderr)
            return 1
        lines = [f"{jar_lock.sha256(folder / 'lib' / artifact.jar)}  {artifact}\n" for artifact in artifacts]
    alluxio.LOCK.write_text(_HEAD + "".join(lines))
    steps.say(f"  {len(lines)} jars locked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
