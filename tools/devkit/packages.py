"""Debian packages: what tools/packages.txt names and this machine lacks."""

import os
import shutil
import subprocess
import sys

from devkit import steps
from devkit.paths import ROOT


def wanted() -> list[str]:
    """Names in tools/packages.txt; `#` starts a comment."""
    lines = (ROOT / "tools" / "packages.txt").read_text().splitlines()
    return [name for name in (line.split("#")[0].strip() for line in lines) if name]


def missing() -> list[str]:
    """Those that dpkg does not call installed."""
    query = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *wanted()],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    installed = {line.split()[0] for line in query.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in wanted() if name not in installed]


def ensure() -> None:
    """Installs what is missing. Costs some milliseconds when nothing is."""
    if shutil.which("dpkg-query") is None:
        raise steps.StepFailed("  This is no Debian. Locus builds on Debian 12: use that, or a container of it.")
    lacking = missing()
    if not lacking:
        return
    steps.say(f"  Debian packages to install: {' '.join(lacking)}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    by_hand = f"apt-get install -y --no-install-recommends {' '.join(lacking)}   (as root), then start again"
    root = _as_root(by_hand)
    install = [*root, "apt-get", "install", "-y", "--no-install-recommends", *lacking]
    # A machine that has package lists may do without fetching them again.
    simulated = subprocess.run(
        [*install, "--simulate"], stdin=subprocess.DEVNULL, capture_output=True, env=env, check=False
    )
    if simulated.returncode == 0:
        try:
            steps.run("Debian packages", install, name="apt", hint=by_hand, env=env)
            return
        except steps.StepFailed:
            steps.say("  Debian packages: the package lists may be old; fetching them")
    _fetch_lists(root, env)
    steps.run("Debian packages", install, name="apt", hint=by_hand, env=env)


def update() -> None:
    """Fetches the package lists; as root, or through sudo where it asks nothing."""
    root = _as_root("apt-get update   (as root), then start again")
    _fetch_lists(root, {**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


def _fetch_lists(root: list[str], env: dict[str, str]) -> None:
    steps.run(
        "Debian package lists",
        [*root, "apt-get", "update"],
        name="apt-update",
        hint="look at /etc/apt/sources.list* and the network, then start again",
        env=env,
    )


def _as_root(by_hand: str) -> list[str]:
    """What to put before a command that must be root's. `by_hand`: what a person may do instead."""
    if os.geteuid() == 0:
        return []
    by_hand = f"  next: {by_hand}"
    if shutil.which("sudo") is None:
        raise steps.StepFailed(f"  Packages are missing, and this is neither root nor is there sudo.\n{by_hand}")
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0:
        return ["sudo", "-n"]
    # sudo wants a password: ask once where somebody can type, so that no later step hangs on a prompt.
    if sys.stdin.isatty() and subprocess.run(["sudo", "-v"], check=False).returncode == 0:
        return ["sudo"]
    raise steps.StepFailed(f"  Packages are missing, and sudo wants a password here.\n{by_hand}")
