"""Command line of `tools/dev`."""

import argparse
import signal
import sys
from typing import NoReturn

from devkit import steps, verbs

_HELP = """\
usage: tools/dev VERB

  demo        build Locus and show where it puts pods, beside what the scheduler does alone
                --keep       leave everything running until Ctrl-C, and print the addresses
                --simulate   a small double instead of the control plane, where Go cannot be had
                --seed N     another data set
  test        every tier: tidy, unit, contract, integration, sim, store, kubernetes, alluxio, spark
                --require-all   a skipped tier is a failure
  e2e         one end-to-end tier: e2e store|kubernetes|alluxio|spark [pytest options]
  check       formatting and the rules of the house        fix   repair the formatting
  asan, tsan  unit, contract and integration tests with sanitizers
  bench       benchmarks, as ratios taken in one run: bench [NAME...]
  help        this text

What is built or fetched is kept in ~/.cache/locus; logs of each step lie in ~/.cache/locus/logs.
LOCUS_BAZEL_STARTUP holds startup options for Bazel, such as --output_base=FOLDER.
"""


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="tools/dev", usage="tools/dev VERB (`tools/dev help` names them)", add_help=False
    )
    commands = parser.add_subparsers(dest="verb", required=True)
    demo = commands.add_parser("demo", add_help=False)
    demo.add_argument("--simulate", action="store_true")
    test = commands.add_parser("test", add_help=False)
    test.add_argument("--require-all", action="store_true")
    e2e = commands.add_parser("e2e", add_help=False)
    e2e.add_argument("tier", choices=list(verbs.E2E), nargs="?", default="kubernetes")
    e2e.add_argument("--require-all", action="store_true")
    commands.add_parser("bench", add_help=False).add_argument("names", nargs="*")
    for plain in ("check", "fix", "asan", "tsan"):
        commands.add_parser(plain, add_help=False)
    arguments, rest = parser.parse_known_args(argv)
    if rest and arguments.verb not in ("demo", "e2e"):
        parser.error(f"unknown: {' '.join(rest)}")
    arguments.rest = rest
    return arguments


def _dispatch(arguments: argparse.Namespace) -> int:
    if arguments.verb == "demo":
        own = ["--simulate"] if arguments.simulate else []
        return verbs.demo([*own, *arguments.rest], arguments.simulate)
    if arguments.verb == "test":
        return verbs.test(arguments.require_all)
    if arguments.verb == "e2e":
        return verbs.e2e(arguments.tier, arguments.rest, arguments.require_all)
    if arguments.verb == "bench":
        return verbs.bench(arguments.names)
    if arguments.verb in ("asan", "tsan"):
        return verbs.sanitize(arguments.verb)
    return {"check": verbs.check, "fix": verbs.fix}[arguments.verb]()


def _terminated(_signal: int, _frame: object) -> NoReturn:
    # What runs is ended on the way out; a second signal must not cut that short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Exit status: 0 all well, 1 something failed, 2 usage, 130 interrupted."""
    argv = sys.argv[1:]
    if not argv or argv[0] in ("help", "-h", "--help"):
        print(_HELP, end="")
        return 0 if argv else 2
    # SIGINT too: a shell starts background jobs with it ignored, and Python would keep it so.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _terminated)
    try:
        return _dispatch(_parse(argv))
    except steps.StepFailed as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted; everything that this run had started has been ended", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
