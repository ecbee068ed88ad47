"""Alluxio 2.9.6 and what tests add to it in Java: fetched and compiled once, and kept."""

import hashlib
import shutil
from pathlib import Path

from devkit import locks, maven, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "alluxio"
LOCK = SOURCE / "alluxio.lock"
# Shared by all contents of the lock, so that a fetch that broke off goes on where it was.
REPOSITORY = CACHE / "alluxio-maven"


def location() -> Path:
    """Where the folder for the present lock belongs. In it: lib/*.jar, and classes-*, one for each content of the Java
    sources here."""
    return CACHE / f"alluxio-{_digest([LOCK])}"


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


def ensure() -> str:
    """The class path: made when it is not there yet, which takes some two minutes and 180 MB. Raises StepFailed."""
    folder = location()
    sources = sorted(SOURCE.glob("*.java"))
    classes = folder / f"classes-{_digest(sources)}"
    if not classes.exists():
        with locks.exclusive(folder.with_suffix(".lock"), "Alluxio"):
            if not folder.exists():
                _fetch(folder)
            if not classes.exists():
                _compile(sources, folder, classes)
    return f"{classes}:{folder}/lib/*"


def _fetch(folder: Path) -> None:
    steps.say("  Alluxio 2.9.6: fetching it by Maven, once; about two minutes")
    # Only a whole folder ever bears the name.
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    wanted = locked()
    maven.fetch(sorted(wanted), unfinished / "lib", REPOSITORY)
    check(unfinished / "lib", wanted)
    unfinished.rename(folder)
    shutil.rmtree(REPOSITORY, ignore_errors=True)


def _compile(sources: list[Path], folder: Path, classes: Path) -> None:
    if shutil.which("javac") is None:
        raise steps.StepFailed("  javac is missing\n  next: apt-get install openjdk-17-jdk-headless")
    unfinished = classes.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    steps.run(
        "Alluxio's additions",
        ["javac", "--release", "17", "-cp", f"{folder}/lib/*", "-d", unfinished, *sources],
        name="javac",
        hint="read the compiler's words above",
        quiet=True,
    )
    unfinished.rename(classes)


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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
