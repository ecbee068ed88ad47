"""One function for each verb of `tools/dev`; each returns the exit status."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from devkit import bazel, formatting, golang, kubeplane, packages, prometheus_rule, results, steps, tiers, venv
from devkit.paths import ROOT

_SANITIZERS = {
    "asan": {
        "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    },
    # Debian's gRPC, Protobuf and abseil are not instrumented: without this option their locks go unseen.
    "tsan": {"TSAN_OPTIONS": "ignore_noninstrumented_modules=1:second_deadlock_stack=1"},
}

# The end-to-end tiers by name.
E2E = {
    "sim": tiers.sim,
    "store": tiers.store,
    "kubernetes": tiers.kubernetes,
    "alluxio": tiers.alluxio,
    "spark": tiers.spark,
}


def demo(arguments: Sequence[str], simulate: bool) -> int:
    """Prepares what the demo needs, then becomes it."""
    steps.say("Locus demo. From nothing about 15 minutes on two cores; when all is built, about one.")
    packages.ensure()
    python = venv.ensure("requirements.lock", "Python packages") / "bin" / "python"
    binaries = tiers.locus_binaries()
    planes = {} if simulate else {kubeplane.NEWEST: kubeplane.ensure()}
    os.environ.update(tiers.e2e_environment(binaries, planes))
    os.execv(python, [str(python), "-m", "locus_e2e.demo", *arguments])


def test(require_all: bool) -> int:
    """Every tier."""
    started = time.monotonic()
    packages.ensure()
    found = [tiers.tidy(), *bazel.test()]
    found += [tier() for tier in E2E.values()]
    return report(found, started, require_all)


def e2e(tier: str, extra: Sequence[str], require_all: bool) -> int:
    """One end-to-end tier."""
    started = time.monotonic()
    packages.ensure()
    return report([E2E[tier](extra)], started, require_all)


def sanitize(config: str) -> int:
    """Unit, contract and integration tests with `config`, asan or tsan."""
    started = time.monotonic()
    packages.ensure()
    options = dict(_SANITIZERS[config])
    suppressions = ROOT / "tests" / "support" / f"{config}.supp"
    if suppressions.exists():
        options[f"{config.upper()}_OPTIONS"] += f":suppressions={suppressions}"
    return report(bazel.test(config, {**os.environ, **options}), started, require_all=False)


def check() -> int:
    """Formatting and the rules of the house."""
    started = time.monotonic()
    packages.ensure()
    return report([formatting.check(), tiers.tidy()], started, require_all=False)


def fix() -> int:
    """Repairs what a tool can repair."""
    packages.ensure()
    formatting.fix()
    prometheus_rule.write()
    python = venv.ensure("requirements.lock", "Python packages") / "bin" / "python"
    steps.run(
        "published contracts",
        [python, ROOT / "tests" / "tidy" / "proto_contract.py", "--write"],
        name="proto-contract",
        hint="what was published in proto/ stays: docs/contributing.md, Contracts, says what to do instead",
    )
    return 0


def bench(only: Sequence[str]) -> int:
    """Runs tests/bench/run_*; each prints its own ratios."""
    packages.ensure()
    bazel.build("build Locus", bazel.BINARIES)
    python = venv.ensure("requirements.lock", "Python packages") / "bin" / "python"
    # For the floor that is written in Go.
    go = golang.ensure(kubeplane.go_mod(kubeplane.NEWEST))
    os.environ["PATH"] = f"{go.parent}:{os.environ['PATH']}"
    programs = sorted(path for path in (ROOT / "tests" / "bench").glob("run_*") if path.suffix in (".sh", ".py"))
    chosen = [path for path in programs if not only or path.stem.removeprefix("run_") in only]
    if not chosen:
        known = ", ".join(path.stem.removeprefix("run_") for path in programs) or "none"
        raise steps.StepFailed(f"  no such benchmark; known: {known}")
    return max(_stream(path, python) for path in chosen)


def report(found: list[results.Tier], started: float, require_all: bool) -> int:
    """Prints failures, a line for each tier and the closing line; 1 when something failed."""
    if require_all:
        for tier in found:
            tier.skips_fail()
    steps.say()
    for tier in found:
        for failure in tier.failures:
            steps.say(f"FAILED {tier.name}: {failure}")
    for tier in found:
        steps.say(tier.line())
    steps.say(f"{'time':<12} {time.monotonic() - started:.0f} s")
    steps.say(results.closing(found))
    return 1 if any(tier.failures for tier in found) else 0


def _stream(program: Path, python: Path) -> int:
    command = [python, program] if program.suffix == ".py" else ["bash", program]
    steps.say(f"== {program.relative_to(ROOT)}")
    return steps.attached(command, env={**os.environ, "LOCUS_BIN": str(bazel.bin_dir())})
