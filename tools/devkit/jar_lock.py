"""Lock files of jars: which artifacts, and the digest of each. A line: SHA-256, two blanks, coordinates."""

import hashlib
from pathlib import Path

from devkit import maven, steps
from devkit.paths import ROOT


def read(lock: Path) -> dict[maven.Artifact, str]:
    """What it names, with the SHA-256 of each jar. Raises StepFailed when it cannot be read."""
    found = {}
    for number, line in enumerate(lock.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            digest, _, text = line.partition("  ")
            try:
                found[maven.Artifact.parse(text)] = digest
            except ValueError as problem:
                raise steps.StepFailed(f"  {lock}:{number}: {problem}") from problem
    return found


def check(folder: Path, lock: Path, wanted: dict[maven.Artifact, str], repository: Path) -> None:
    """Raises StepFailed unless the folder holds exactly the jars of the lock, byte for byte."""
    expected = {artifact.jar: digest for artifact, digest in wanted.items()}
    present = {path.name: sha256(path) for path in folder.iterdir()}
    wrong = [f"{name} differs" for name in expected.keys() & present.keys() if expected[name] != present[name]]
    wrong += [f"{name} is missing" for name in expected.keys() - present.keys()]
    wrong += [f"{name} is not in the lock" for name in present.keys() - expected.keys()]
    if wrong:
        raise steps.StepFailed(
            "\n".join(
                [
                    f"  What Maven fetched is not what {lock.relative_to(ROOT)} names:",
                    *(f"    {one}" for one in sorted(wrong)[:20]),
                    f"  next: rm -r {repository}, and look at the mirrors in ~/.m2/settings.xml, then start again",
                ]
            )
        )


def digest_of(files: list[Path]) -> str:
    """Of the content of all files, short: what folders of the cache are named by."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def sha256(path: Path) -> str:
    """Of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
