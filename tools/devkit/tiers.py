"""The tiers that are Python: tidy, and those against real control planes, a real Alluxio and real servers of files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from devkit import alluxio as alluxio_jars
from devkit import bazel, images, kubeplane, kubetools, namespaces, prometheus, results, steps, venv, versitygw
from devkit import spark as spark_lines
from devkit.paths import ROOT

# pytest ends control planes and workers when it is told to end.
_GRACE_SECONDS = 30.0
_SIMULATOR = "//tests/sim:sim"
# Judges the fake Alluxio master among the contract tests, and here the real one.
_CONTRACT_SUITE = "//tests/contract/alluxio:contract_test"


def tidy() -> results.Tier:
    """The arrows between rooms and the rules of the house."""
    folder = ROOT / "tests" / "tidy"
    if not any(folder.glob("test_*.py")):
        return results.Tier("tidy", skips=["tests/tidy has no tests"])
    return _pytest("tidy", [folder], {})


def sim(extra: Sequence[str] = ()) -> results.Tier:
    """Clusters on paper under the production decision, against an exact solver."""
    try:
        bazel.build("build the simulator", [_SIMULATOR])
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("sim", failures=["the simulator did not build (see above)"])
    return _pytest("sim", [ROOT / "tests" / "sim"], {"LOCUS_BIN": str(bazel.bin_dir())}, extra)


def kubernetes(extra: Sequence[str] = ()) -> results.Tier:
    """Real etcd, kube-apiserver and kube-scheduler of several versions with real Locus. Skipped with a reason where
    there is no Go; where only an older version cannot be had, its tests say so one by one."""
    planes = control_planes()
    if kubeplane.NEWEST not in planes:
        return results.Tier("kubernetes", skips=["no control plane could be built (see above)"])
    try:
        tools = kubetools.ensure()
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("kubernetes", skips=["kubectl, kustomize and helm could not be built (see above)"])
    try:
        binaries = locus_binaries()
        bazel.build("build the tier's own programs", bazel.KUBERNETES_PROGRAMS)
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("kubernetes", failures=["Locus did not build (see above)"])
    folders = [ROOT / "tests" / "e2e" / name for name in ("harness", "observability", "versions", "kubernetes")]
    env = {
        **e2e_environment(binaries, planes),
        **prometheus_environment(),
        **images_environment(),
        "LOCUS_KUBETOOLS": str(tools),
    }
    return _pytest("kubernetes", folders, env, extra)


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
        **e2e_environment(binaries),
        "LOCUS_ALLUXIO": class_path,
        "LOCUS_CONTRACT_SUITE": str(binaries / _CONTRACT_SUITE.removeprefix("//").replace(":", "/")),
        "LOCUS_CONTRACT_REPORT": str(report),
    }
    found = _pytest("alluxio", [ROOT / "tests" / "e2e" / "alluxio"], env, extra)
    # Absent when pytest was told to run other tests, or failed before: it says so itself.
    if report.exists():
        found.add(results.read_junit(report, "contract"))
    return found


def store(extra: Sequence[str] = ()) -> results.Tier:
    """Locus' own workers over a real S3 server; skipped with a reason where there is no Go."""
    try:
        server = versitygw.ensure()
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("store", skips=["the S3 server could not be built (see above)"])
    try:
        binaries = locus_binaries()
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("store", failures=["Locus did not build (see above)"])
    env = {**e2e_environment(binaries), "LOCUS_S3_SERVER": str(server)}
    return _pytest("store", [ROOT / "tests" / "e2e" / "store"], env, extra)


def spark(extra: Sequence[str] = ()) -> results.Tier:
    """Real Spark on a real control plane and a real Alluxio with real Locus, each node and pod in a network namespace.
    Skipped with a reason where one of them cannot be had; where only a later line of Spark cannot, its tests say so."""
    reason = namespaces.why_not()
    if reason:
        return results.Tier("spark", skips=[reason])
    try:
        env = spark_environment()
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("spark", skips=["Spark, Alluxio or the control plane could not be had (see above)"])
    try:
        env |= {"LOCUS_BIN": str(locus_binaries())}
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return results.Tier("spark", failures=["Locus did not build (see above)"])
    return _pytest("spark", [ROOT / "tests" / "e2e" / "spark"], env, extra)


def spark_environment() -> dict[str, str]:
    """What tests/e2e/locus_e2e/settings.py reads, but for Locus itself. Raises StepFailed when the newest control
    plane, Alluxio or the first line of Spark cannot be had."""
    env = {
        **python_environment({kubeplane.NEWEST: kubeplane.ensure()}),
        "LOCUS_ALLUXIO": alluxio_jars.ensure(),
        "LOCUS_SPARK_CLIENT": str(spark_lines.ensure_client()),
    }
    lines = {spark_lines.FIRST: spark_lines.ensure()}
    for line in spark_lines.LINES[1:]:
        try:
            lines[line] = spark_lines.ensure(line)
        except steps.StepFailed as problem:
            steps.say(str(problem))
    return {**env, "LOCUS_SPARKS": os.pathsep.join(f"{line}={path}" for line, path in lines.items())}


def locus_binaries() -> Path:
    """Builds Locus; the folder below which its programs lie."""
    bazel.build("build Locus", bazel.BINARIES)
    return bazel.bin_dir()


def e2e_environment(binaries: Path, planes: Mapping[str, Path] | None = None) -> dict[str, str]:
    """What tests/e2e/locus_e2e/settings.py reads. `planes`: control planes by version."""
    return {"LOCUS_BIN": str(binaries), **python_environment(planes)}


def python_environment(planes: Mapping[str, Path] | None = None) -> dict[str, str]:
    """The part of it that needs no Locus."""
    env = {"PYTHONPATH": str(ROOT / "tests" / "e2e")}
    if planes:
        env["LOCUS_KUBEPLANES"] = os.pathsep.join(f"{version}={path}" for version, path in planes.items())
        if kubeplane.NEWEST in planes:
            env["LOCUS_KUBEPLANE"] = str(planes[kubeplane.NEWEST])
    return env


def prometheus_environment() -> dict[str, str]:
    """Where Prometheus lies; nothing where it cannot be had: its tests say so then."""
    try:
        return {"LOCUS_PROMETHEUS": str(prometheus.ensure())}
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return {}


def images_environment() -> dict[str, str]:
    """Where what images are built on lies; nothing where it cannot be had: its tests say so then."""
    try:
        return {"LOCUS_IMAGES": str(images.ensure())}
    except steps.StepFailed as problem:
        steps.say(str(problem))
        return {}


def control_planes() -> dict[str, Path]:
    """Those that are there or can be built; without the newest nothing runs, so no older one is tried then."""
    planes: dict[str, Path] = {}
    for version in kubeplane.VERSIONS:
        try:
            planes[version] = kubeplane.ensure(version)
        except steps.StepFailed as problem:
            steps.say(str(problem))
            if version == kubeplane.NEWEST:
                break
    return planes


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
