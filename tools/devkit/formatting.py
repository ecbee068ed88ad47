"""clang-format over the C++ sources that git knows or could know."""

import subprocess

from devkit import results, steps
from devkit.paths import ROOT

_TOOL = "clang-format-14"


def _sources() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.cc", "*.h"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def check() -> results.Tier:
    """One case for each file: it is as clang-format would write it."""
    sources = _sources()
    found = results.Tier("formatting")
    said = subprocess.run(
        [_TOOL, "--dry-run", "-Werror", *sources], cwd=ROOT, capture_output=True, text=True, check=False
    ).stderr
    wrong = {line.split(":")[0] for line in said.splitlines() if ": error: " in line}
    found.failures = [f"{name}: run tools/dev fix" for name in sources if name in wrong]
    found.passed = len(sources) - len(found.failures)
    return found


def fix() -> None:
    """Rewrites what is not."""
    sources = _sources()
    steps.run(f"formatting of {len(sources)} files", [_TOOL, "-i", *sources], name="format", hint="read the log above")
