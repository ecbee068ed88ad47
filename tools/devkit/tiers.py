"""The tiers that are Python: tidy, and those against a real control plane and a real Alluxio."""

import os
from collections.abc import Sequence
from pathlib import Path

from devkit import alluxio as alluxio_jars
from devkit import bazel, kubeplane, results, steps, venv
from devkit.paths import ROOT

# pytest ends control planes and workers when it is told to end.
_GRACE_SECONDS = 30.0
# Judges the fake Alluxio master among the contract tests, and here the real one.
_CONTRACT_SUITE = "//tests/contract/alluxio:contract_test"


def tidy() -> results.Tier:
    """The arrows between rooms and the rules of the house."""
    folder = ROOT / "tests" / "tidy"
    if not any(folder.glob("test_*.py")):
        return results.Tier("tidy", skips=["tests/tidy has no tests"])
    return _pytest("tidy", [folder], {})


def kubernetes(extra: Sequence[str] = ()) -> results.Tier:
    """Real etcd, kube-apiserver and kube-scheduler with real Locus; skipped with a reason where there is no Go."""
    try:
        plane = kubeplane.ensure()
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("kubernetes", skips=["no control plane could be built (see above)"])
    try:
        binaries = locus_binaries()
        bazel.build("build the tier's own programs", bazel.KUBERNETES_PROGRAMS)
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("kubernetes", failures=["Locus did not build (see above)"])
    folders = [ROOT / "tests" / "e2e" / "harness", ROOT / "tests" / "e2e" / "kubernetes"]
    return _pytest("kubernetes", folders, e2e_environment(binaries, plane), extra)


def alluxio(extra: Sequence[str] = ()) -> results.Tier:
    """Real Alluxio masters and workers with real Locus; skipped with a reason where there is no Java or no Maven."""
    try:
        class_path = alluxio_jars.ensure()
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("alluxio", skips=["Alluxio could not be had (see above)"])
    try:
        binaries = locus_binaries()
        bazel.build("build the contract suite", [_CONTRACT_SUITE])
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("alluxio", failures=["Locus did not build (see above)"])
    report = steps.log_path("contract-alluxio").with_suffix(".xml")
    env = {
        **e2e_environment(binaries, None),
        "LOCUS_ALLUXIO": class_path,
        "LOCUS_CONTRACT_SUITE": str(binaries / _CONTRACT_SUITE.removeprefix("//").replace(":", "/")),
        "LOCUS_CONTRACT_REPORT": str(report),
    }
    found = _pytest("alluxio", [ROOT / "tests" / "e2e" / "alluxio"], env, extra)
    # Absent when pytest was told to run other tests, or failed before: it says so itself.
    if report.exists():
        found.add(results.read_junit(report, "contract"))
    return found


def locus_binaries() -> Path:
    """Builds Locus; the folder below which its programs lie."""
    bazel.build("build Locus", bazel.BINARIES)
    return bazel.bin_dir()


def e2e_environment(binaries: Path, plane: Path | None) -> dict[str, str]:
    """What tests/e2e/locus_e2e/settings.py reads."""
    env = {"LOCUS_BIN": str(binaries), "PYTHONPATH": str(ROOT / "tests" / "e2e")}
    if plane is not None:
        env["LOCUS_KUBEPLANE"] = str(plane)
    return env


def _pytest(tier: str, folders: Sequence[Path], env: dict[str, str], extra: Sequence[str] = ()) -> results.Tier:
    try:
        python = venv.ensure("requirements.lock", "Python packages") / "bin" / "python"
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier(tier, skips=["the Python packages could not be installed (see above)"])
    report = steps.log_path(f"pytest-{tier}").with_suffix(".xml")
    argv = [python, "-m", "pytest", "-v", "--color=auto", f"--junitxml={report}", *folders, *extra]
    steps.say(f"  tier {tier}:")
    status = steps.attached(argv, env={**os.environ, **env}, grace=_GRACE_SECONDS)
    found = results.read_junit(report, tier)
    # 1: tests failed, 5: there was none; anything else says that pytest itself did not get through.
    if status not in (0, 1) and not found.failures:
        found.failures.append(f"pytest ended with {status}")
    return found
