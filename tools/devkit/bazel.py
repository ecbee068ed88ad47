"""Bazel: builds, and tests counted case by case."""

import json
import os
import shlex
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devkit import results, steps
from devkit.paths import ROOT

# What the demo and the tier `kubernetes` run.
BINARIES = ("//:locus-meta", "//:locus-worker", "//:locus-extender", "//:locusctl")
# Programs of the tests that the tier `kubernetes` runs too.
KUBERNETES_PROGRAMS = (
    "//tests/integration/alluxio_meta:kube_directory_dump",
    "//tests/integration/kube:kube_client",
    "//tests/support/alluxio:fake-alluxio-master",
)
# Folders below tests/ that Bazel runs, in the order of the report.
TIERS = ("unit", "contract", "integration")

# A step's heartbeat shows the last line of the log: have Bazel write some.
_PROGRESS = ("--show_progress", "--curses=no", "--color=no", "--show_progress_rate_limit=5")
# Of a failed test program's output, for a reader who has no more than this text.
_LOG_LINES = 60
_TESTS_FAILED, _BUILD_FAILED, _NO_TESTS = 3, 1, 4


def _bazel() -> list[str]:
    # For who keeps several output bases: LOCUS_BAZEL_STARTUP=--output_base=/somewhere
    return ["bazel", *shlex.split(os.environ.get("LOCUS_BAZEL_STARTUP", ""))]


def build(what: str, targets: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    """Builds `targets`; raises StepFailed with the compiler's last words."""
    steps.run(
        what,
        [*_bazel(), "build", *_PROGRESS, *targets],
        name="bazel-build",
        env=env,
        hint="read the log above; `bazel build` with the same targets repeats it",
    )


def bin_dir() -> Path:
    """Where built programs lie. Not the bazel-bin link: that follows whatever output base was used last."""
    said = subprocess.run([*_bazel(), "info", "bazel-bin"], cwd=ROOT, capture_output=True, text=True, check=False)
    if said.returncode != 0:
        raise steps.StepFailed(f"  bazel info bazel-bin: {said.stderr.strip()}")
    return Path(said.stdout.strip())


@dataclass
class _Outcome:
    """What the build event stream says of one test target."""

    status: str
    report: Path | None = None
    log: Path | None = None


def test(config: str | None = None, env: Mapping[str, str] | None = None) -> list[results.Tier]:
    """Runs all of TIERS in one go and counts their cases; a target that did not build or ran wild is a failure."""
    tiers = {name: results.Tier(name) for name in TIERS if (ROOT / "tests" / name).is_dir()}
    expected = _expected(list(tiers))
    events = steps.log_path("bazel-events").with_suffix(".json")
    what = "unit, contract and integration tests" + (f" ({config})" if config else "")
    argv = [*_bazel(), "test", *_PROGRESS, "--keep_going", "--test_output=summary", f"--build_event_json_file={events}"]
    if config:
        argv.append(f"--config={config}")
    steps.run(
        what,
        [*argv, *expected],
        name=f"bazel-test-{config or 'opt'}",
        env=env,
        ok=(0, _BUILD_FAILED, _TESTS_FAILED, _NO_TESTS),
        hint="read the log above",
    )
    outcomes = _read_events(events)
    for target in expected:
        tier = tiers[target.removeprefix("//tests/").split("/")[0].split(":")[0]]
        tier.add(_count(target, outcomes.get(target), tier.name))
    return list(tiers.values())


def _expected(tiers: Sequence[str]) -> list[str]:
    patterns = " + ".join(f"//tests/{tier}/..." for tier in tiers)
    query = f"tests({patterns}) except attr(tags, manual, tests({patterns}))"
    said = subprocess.run(
        [*_bazel(), "query", "--noshow_progress", query], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if said.returncode != 0:
        raise steps.StepFailed(f"  bazel query: {said.stderr.strip()}\n  next: mend the BUILD file that it names")
    return said.stdout.split()


def _read_events(events: Path) -> dict[str, _Outcome]:
    outcomes: dict[str, _Outcome] = {}
    for line in events.read_text().splitlines():
        event = json.loads(line)
        if "testResult" not in event:
            continue
        files = {output["name"]: _local(output.get("uri", "")) for output in event["testResult"]["testActionOutput"]}
        outcomes[event["id"]["testResult"]["label"]] = _Outcome(
            event["testResult"].get("status", "NO_STATUS"), files.get("test.xml"), files.get("test.log")
        )
    return outcomes


def _local(uri: str) -> Path:
    return Path(urllib.request.url2pathname(urllib.parse.urlparse(uri).path))


def _count(target: str, outcome: _Outcome | None, tier: str) -> results.Tier:
    found = results.Tier(tier)
    if outcome is None:
        found.failures.append(f"{target}: did not build")
        return found
    if outcome.report is not None:
        found = results.read_junit(outcome.report, tier)
    # A program that crashed, leaked or ran out of time may have written a clean report before, or none.
    if outcome.status != "PASSED" and not found.failures:
        found.failures.append(f"ended as {outcome.status}")
    if found.failures and outcome.log is not None:
        steps.say(f"\n  {target} says (whole text: {outcome.log}):")
        for line in steps.tail(outcome.log, _LOG_LINES):
            steps.say(f"    | {line}")
    found.failures = [f"{target}: {failure}" for failure in found.failures]
    return found
