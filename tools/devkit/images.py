"""What the images of manifests/images are built on, kept between runs: a base image made of Debian's packages under
the name that the container file takes it by, and the layer of each image that its own packages make.

The tests build the images from that without a registry, and fetch nothing (tests/e2e/locus_e2e/containers)."""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devkit import locks, packages, steps
from devkit.paths import CACHE, ROOT

CONTAINER_FILE = ROOT / "manifests" / "images" / "Containerfile"
_BASE = "debian:12-slim"
_PROGRAMS = ("locus-meta", "locus-extender", "locus-worker", "locusctl")
_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# What makes Debian's published image slim: neither documentation nor translations, and no archives of packages. Folders
# of manual pages stay there: Java's packages fail without. Without the first hook, a package comes that wants all of
# Perl.
_SLIM = (
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    *(f'--customize-hook=mkdir -p "$1/usr/share/man/man{section}"' for section in range(1, 9)),
    *(f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in ("doc", "info", "lintian", "locale", "man")),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--aptopt=Acquire::Languages \"none\"",
    "--aptopt=DPkg::Post-Invoke { \"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true\"; }",
)  # fmt: skip
_WHAT = "container images"
# One builder at a time.
_WORK = CACHE / "images.work"
# Mounts of what is killed go with it.
_ALONE = ("unshare", "--mount", "--")


def ensure() -> Path:
    """The folder with the store, made when it is not there yet: some three minutes, nearly all of it Debian's packages
    (150 MB of disk; without overlayfs in the kernel 1 GB, and a test that takes minutes in place of seconds). Raises
    StepFailed when it cannot be had."""
    if os.geteuid() != 0:
        raise steps.StepFailed(f"  {_WHAT}: only root may make file systems of other users; start as root")
    sources = _sources() or _sources_after_update()
    options = (*_SLIM, *_machine_options())
    folder = CACHE / f"images-{_digest(_BASE, *sources, *options)}"
    done = folder / f"complete-{_digest(CONTAINER_FILE.read_text())}"
    if done.exists():
        return folder
    with locks.exclusive(CACHE / "images.lock", _WHAT):
        if done.exists():
            return folder
        folder.mkdir(parents=True, exist_ok=True)
        # There may be one of a run that was killed.
        shutil.rmtree(_WORK, ignore_errors=True)
        _WORK.mkdir()
        try:
            env = _environment(folder)
            if not (folder / "base").exists():
                _make_base(folder, env, sources, options)
            _make_layers(env)
        finally:
            shutil.rmtree(_WORK, ignore_errors=True)
        done.touch()
    return folder


def _sources() -> list[str]:
    """The machine's own apt sources, as far as they are Debian's; none before the first `apt-get update`."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages",
         "Origin: Debian"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [f"deb [signed-by={_KEYRING}] {line}" for line in dict.fromkeys(told.stdout.splitlines())]


def _sources_after_update() -> list[str]:
    packages.update()
    found = _sources()
    if not found:
        raise steps.StepFailed(f"  {_WHAT}: no apt source of this machine is Debian's; look at /etc/apt/sources.list*")
    return found


def _machine_options() -> list[str]:
    """How this machine gets at Debian's packages: proxies and the like hold in a container too."""
    told = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=False).stdout
    wanted = re.compile(r'Acquire::(https?::\S+|Check-\S+|Retries) ".+";')
    return [f"--aptopt={line.rstrip(';')}" for line in told.splitlines() if wanted.fullmatch(line)]


def _make_base(folder: Path, env: Mapping[str, str], sources: list[str], options: tuple[str, ...]) -> None:
    steps.say(f"  {_WHAT}: making the base image of Debian's packages, once; one or two minutes")
    shutil.rmtree(folder / "store", ignore_errors=True)
    (_WORK / "sources.list").write_text("\n".join(sources) + "\n")
    root = _WORK / "base.tar"
    steps.run(
        f"{_WHAT}: base",
        [*_ALONE, "mmdebstrap", "--mode=root", "--variant=minbase", *options, "bookworm", root, _WORK / "sources.list"],
        name="images-base",
        hint="look at /etc/apt/sources.list*, the network and the free disk (1 GB); in a container, give it SYS_ADMIN",
        env=env,
    )
    # With arguments of the shell: a container has a name only once there is one.
    script = 'one=$(buildah from scratch) && buildah add "$one" "$1" / && buildah commit --rm "$one" "$2"'
    _buildah("base image", ["sh", "-c", script, "sh", root, _BASE], env)
    (folder / "base").touch()


def _make_layers(env: Mapping[str, str]) -> None:
    """By building each image with an empty file in the program's place. What is there already costs a second."""
    steps.say(f"  {_WHAT}: installing the packages of each, once; about one minute")
    stage = _WORK / "build"
    (stage / "out").mkdir(parents=True)
    for program in _PROGRAMS:
        (stage / "out" / program).touch()
        _buildah(
            program,
            ["buildah", "build", "--isolation", "chroot", "--pull-never", "--layers", "--file", CONTAINER_FILE,
             "--build-context", f"build={stage}", "--target", program, stage],
            env,
        )  # fmt: skip


def _buildah(what: str, argv: list[object], env: Mapping[str, str]) -> None:
    steps.run(
        f"{_WHAT}: {what}",
        [*_ALONE, *argv],
        name="images",
        hint=f"look at the network and the free disk (1 GB); without {CACHE}/images-* it begins anew",
        env=env,
    )


def _environment(folder: Path) -> dict[str, str]:
    """buildah with a store of our own. Which driver it takes is its own choice: overlay where the kernel has it."""
    configuration = _WORK / "storage.conf"
    driver = os.environ.get("STORAGE_DRIVER", "")
    configuration.write_text(
        f'[storage]\ndriver = "{driver}"\ngraphroot = "{folder / "store"}"\nrunroot = "{_WORK / "run"}"\n'
    )
    return {**os.environ, "CONTAINERS_STORAGE_CONF": str(configuration), "TMPDIR": str(_WORK)}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
