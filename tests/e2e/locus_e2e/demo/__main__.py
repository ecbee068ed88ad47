"""Command line of the demo; `tools/dev demo` builds what it needs and starts it."""

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from locus_e2e import folders, planes, scenario, scheduler_config, settings, simulation, stubs
from locus_e2e.cache_client import LoadFailed
from locus_e2e.cluster import Binding
from locus_e2e.control_plane import ControlPlane
from locus_e2e.demo import report
from locus_e2e.demo.terminal import Terminal, mib
from locus_e2e.locus_stack import LocusStack
from locus_e2e.oracle import Coverage
from locus_e2e.processes import ProcessDied, Processes

_SEED = 20261121


@dataclass(frozen=True)
class Outcome:
    """What the two runs gave."""

    covers: Sequence[Coverage]
    without: Sequence[Binding]
    with_locus: Sequence[Binding]


def say(text: str = "") -> None:
    """One line, at once."""
    print(text, flush=True)


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """A line when a step is done, with the time it took."""
    started = time.monotonic()
    yield
    say(f"  {what}: {time.monotonic() - started:.1f} s")


def play(scene: scenario.Scenario, stack: LocusStack, plane: planes.Plane) -> Outcome:
    """The same pods twice."""
    covers = [stack.coverage(app.inputs) for app in scene.apps]
    with step(f"{len(scene.pods(''))} executor pods without Locus"):
        without = plane.place(scene.pods(scheduler_config.STOCK_NAME))
    plane.clear()
    with step(f"{len(scene.pods(''))} executor pods with Locus"):
        with_locus = plane.place(scene.pods(planes.LOCUS_SCHEDULER))
    return Outcome(covers, without, with_locus)


def show(terminal: Terminal, scene: scenario.Scenario, outcome: Outcome) -> None:
    """All tables."""
    names = [node.name for node in scene.nodes]
    lines = report.what_lies_where(terminal, scene.apps, outcome.covers, names)
    tables = report.side_by_side(terminal, scene.apps, outcome.covers, outcome.without, outcome.with_locus)
    for line in [
        "",
        *lines,
        "",
        *tables,
        "",
        *(terminal.paint(line, "dim") for line in report.legend(scenario.ROOM_PER_NODE)),
    ]:
        say(line)


def explain(terminal: Terminal, stack: LocusStack, pod: str) -> None:
    """Why a pod went where it went, in Locus' own words."""
    told = stack.locusctl("explain", f"default/{pod}")
    say()
    say(terminal.paint(f"Why {pod} is where it is: locusctl explain default/{pod}", "bold"))
    for line in (told.output if told.status == 0 else told.errors).splitlines():
        say(f"  {line}".rstrip())


def look_further(terminal: Terminal, stack: LocusStack, plane: planes.Plane, pod: str, keep: bool) -> None:
    """What to try next."""
    command = " ".join(_short(part) for part in stack.locusctl_command())
    say()
    if not keep:
        say("To look further, run `tools/dev demo --keep`: it leaves all of this running and prints the commands for")
        say("locality, workers and the reasons of each placement. docs/operations.md tells how to run it on a cluster.")
        return
    say(terminal.paint("Everything is running. Look further, in another terminal:", "bold"))
    say(f"  {command} locality alluxio:///warehouse/events     # which nodes hold how much")
    say(f"  {command} explain default/{pod}     # why it went where it went")
    say(f"  {command} workers")
    say(f"  curl {stack.extender.url()}/metrics")
    say(f"  curl {stack.extender.url()}/v1/decisions?limit=5")
    say("Addresses:")
    servers = [stack.extender, stack.meta, *stack.workers.values()]
    for what, address in [*((one.name, one.target()) for one in servers), *plane.addresses()]:
        say(f"  {what:<22} {address}")


def _short(part: str) -> str:
    """A program below Bazel's link in the checkout by that shorter name."""
    link = settings.ROOT / "bazel-bin"
    with contextlib.suppress(OSError, ValueError):
        return str(Path("bazel-bin") / Path(part).resolve().relative_to(link.resolve()))
    return part


def run(arguments: argparse.Namespace) -> None:
    """Builds the scene, plays it, shows it, and takes it down."""
    terminal = Terminal.of_stdout()
    scene = scenario.build(arguments.seed)
    binary = settings.kubeplane()
    if binary is None and not arguments.simulate:
        raise settings.SettingsError("no control plane was built: start through `tools/dev demo`, or give --simulate")
    if arguments.simulate:
        say(
            terminal.paint(
                "SIMULATED: no Kubernetes here. A small loop in Python stands in for kube-scheduler;", "yellow"
            )
        )
        say(terminal.paint("Locus itself is real. Without --simulate the control plane is real too.", "yellow"))
    with folders.run_folder(3 * scene.data.total_bytes) as folder, Processes(folder) as processes:
        with step("contracts for Python"):
            stubs.generate(folder / "stubs")
        control = None
        if not arguments.simulate and binary is not None:
            with step("etcd and kube-apiserver 1.36.3"):
                control = ControlPlane(binary, folder / "kube", processes)
        kubeconfig = control.kubeconfig if control else None
        stack = LocusStack(settings.programs(), folder / "locus", processes, kubeconfig=kubeconfig)
        with step("locus-meta, three locus-workers, locus-extender"):
            stack.start()
        with step(f"{mib(scene.data.total_bytes)} in {len(scene.data.sizes)} files, cached unevenly"):
            stack.fill(scene.data, scene.seed)
        plane: planes.Plane
        if control is None:
            plane = simulation.SimulatedPlane(scene.nodes, stack.extender.url())
        else:
            with step("two kube-schedulers 1.36.3"):
                plane = planes.KubePlane(control, scene.nodes, stack.extender.url())
        with contextlib.closing(plane):
            outcome = play(scene, stack, plane)
            show(terminal, scene, outcome)
            explain(terminal, stack, outcome.with_locus[0].pod)
            look_further(terminal, stack, plane, outcome.with_locus[0].pod, arguments.keep)
            if arguments.keep:
                say(f"Ctrl-C ends all of it (or: kill {os.getpid()}).")
                signal.pause()


def _terminated(_signal: int, _frame: object) -> NoReturn:
    # A second one must not cut the taking down short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    """Exit status: 0 shown, 1 something failed, 2 usage, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="tools/dev demo")
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    parser.add_argument("--simulate", action="store_true", help="a double instead of the Kubernetes control plane")
    parser.add_argument("--seed", type=int, default=_SEED, help="of the data set and the applications")
    arguments = parser.parse_args()
    # SIGINT too: a shell starts background jobs with it ignored, and Python would keep it so.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _terminated)
    try:
        run(arguments)
    except KeyboardInterrupt:
        say("\nended; nothing is left running")
        return 0 if arguments.keep else 130
    except (settings.SettingsError, ProcessDied, LoadFailed, TimeoutError) as problem:
        print(f"tools/dev demo: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
