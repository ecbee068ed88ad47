"""Alluxio 2.9.6 and the driver that tests speak to it through: fetched and compiled once, and kept."""

import hashlib
import shutil
from pathlib import Path

from devkit import locks, maven, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "alluxio"
LOCK = SOURCE / "alluxio.lock"
DRIVER = "AlluxioDriver"
# Shared by all contents of the lock, so that a fetch that broke off goes on where it was.
REPOSITORY = CACHE / "alluxio-maven"


def location() -> Path:
    """Where the folder for the present pins and driver belongs. In it: lib/*.jar, classes/."""
    digest = hashlib.sha256()
    for path in (SOURCE / "pom.xml", LOCK, SOURCE / f"{DRIVER}.java"):
        digest.update(path.read_bytes())
    return CACHE / f"alluxio-{digest.hexdigest()[:16]}"


def locked() -> dict[maven.Artifact, str]:
    """What the lock names, with the SHA-256 of each jar. Raises StepFailed when it cannot be read."""
    found = {}
    for number, line in enumerate(LOCK.read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            digest, _, text = line.partition("  ")
            try:
                found[maven.Artifact.parse(text)] = digest
            except ValueError as problem:
                raise steps.StepFailed(f"  {LOCK}:{number}: {problem}") from problem
    return found


def ensure() -> Path:
    """The folder, made when it is not there yet: some two minutes, 180 MB. Raises StepFailed."""
    folder = location()
    if folder.exists():
        return folder
    with locks.exclusive(folder.with_suffix(".lock"), "Alluxio"):
        if folder.exists():
            return folder
        if shutil.which("javac") is None:
            raise steps.StepFailed("  javac is missing\n  next: apt-get install openjdk-17-jdk-headless")
        # Only a whole folder ever bears the name.
        unfinished = folder.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        steps.say("  Alluxio 2.9.6: fetching it by Maven, once; about two minutes")
        wanted = locked()
        maven.fetch(sorted(wanted), unfinished / "lib", REPOSITORY)
        check(unfinished / "lib", wanted)
        steps.run(
            "Alluxio driver",
            ["javac", "-cp", f"{unfinished}/lib/*", "-d", unfinished / "classes", SOURCE / f"{DRIVER}.java"],
            name="javac",
            hint="read the compiler's words above",
            quiet=True,
        )
        unfinished.rename(folder)
        shutil.rmtree(REPOSITORY, ignore_errors=True)
    return folder


def check(folder: Path, wanted: dict[maven.Artifact, str]) -> None:
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
                    f"  Alluxio: what Maven fetched is not what {LOCK.relative_to(ROOT)} names:",
                    *(f"    {one}" for one in sorted(wrong)[:20]),
                    f"  next: rm -r {REPOSITORY}, and look at the mirrors in ~/.m2/settings.xml, then start again",
                ]
            )
        )


def sha256(path: Path) -> str:
    """Of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
