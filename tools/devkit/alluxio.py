"""Alluxio 2.9.6 and what tests add to it in Java: fetched and compiled once, and kept."""

import shutil
from pathlib import Path

from devkit import jar_lock, locks, maven, steps
from devkit.paths import CACHE, ROOT

SOURCE = ROOT / "tools" / "alluxio"
LOCK = SOURCE / "alluxio.lock"
# Shared by all contents of the lock, so that a fetch that broke off goes on where it was.
REPOSITORY = CACHE / "alluxio-maven"


def location() -> Path:
    """Where the folder for the present lock belongs. In it: lib/*.jar, and classes-*, one for each content of the Java
    sources here."""
    return CACHE / f"alluxio-{jar_lock.digest_of([LOCK])}"


def ensure() -> str:
    """The class path: made when it is not there yet, which takes some two minutes and 180 MB. Raises StepFailed."""
    folder = location()
    sources = sorted(SOURCE.glob("*.java"))
    classes = folder / f"classes-{jar_lock.digest_of(sources)}"
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
    wanted = jar_lock.read(LOCK)
    maven.fetch(sorted(wanted), unfinished / "lib", REPOSITORY)
    jar_lock.check(unfinished / "lib", LOCK, wanted, REPOSITORY)
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
