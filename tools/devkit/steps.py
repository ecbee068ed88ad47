"""Long commands with one line each: what runs, how long it took, and a sign of life while it does."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from devkit.paths import LOGS, ROOT

# A person who sees nothing for longer starts to doubt.
HEARTBEAT_SECONDS = 15.0
# What is left of a log when a step fails.
TAIL_LINES = 30
# Between asking a command to end and ending it.
GRACE_SECONDS = 10.0

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class StepFailed(Exception):
    """A step did not work. The text is for a person: what failed, where the log is, what to do next."""


def say(text: str = "") -> None:
    """One line to the person, at once."""
    print(text, flush=True)


def log_path(name: str) -> Path:
    """A fresh log file for one step; the names sort by time."""
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}-{name}.log"


def tail(log: Path, lines: int = TAIL_LINES) -> list[str]:
    """The last lines of a log that say anything: with a letter or digit in them."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 65536))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    plain = (_ESCAPES.sub("", raw).rstrip() for raw in text.splitlines())
    return [line for line in plain if any(map(str.isalnum, line))][-lines:]


def run(
    what: str,
    argv: Sequence[object],
    *,
    name: str,
    hint: str,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    ok: Sequence[int] = (0,),
    quiet: bool = False,
) -> int:
    """Runs one command to its end and returns its exit status, one of `ok`.

    Output goes to a log under the cache. Prints a line with the time it took, and one every HEARTBEAT_SECONDS before
    (`quiet`: only when it fails or takes longer than a heartbeat). Raises StepFailed, with the tail of the log and
    `hint` as the next step. Whatever ends this call early also ends the command and its children.
    """
    log = log_path(name)
    started = time.monotonic()
    with log.open("wb") as output:
        child = subprocess.Popen(
            ended_with_parent(argv),
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            beats = _watch(what, child, log, started)
        except BaseException:
            end(child)
            raise
    took = time.monotonic() - started
    if child.returncode not in ok:
        say(f"  {what}: FAILED after {took:.0f} s")
        raise StepFailed("\n".join([*(f"    | {line}" for line in tail(log)), f"  log:  {log}", f"  next: {hint}"]))
    if beats or not quiet:
        say(f"  {what}: done in {took:.1f} s")
    return child.returncode


def attached(argv: Sequence[object], *, env: Mapping[str, str], grace: float = GRACE_SECONDS) -> int:
    """Runs a command that speaks to the person itself; returns its exit status. Ends it when this call ends early."""
    sys.stdout.flush()
    child = subprocess.Popen(
        ended_with_parent(argv), cwd=ROOT, env=env, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return child.wait()
    except BaseException:
        end(child, grace)
        raise


def ended_with_parent(argv: Sequence[object]) -> list[str]:
    """The same command, sent SIGTERM by the kernel should this process die without a word."""
    command = [str(part) for part in argv]
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--", *command] if setpriv else command


def end(child: "subprocess.Popen[bytes]", grace: float = GRACE_SECONDS) -> None:
    """Ends a command that leads its own process group, and everything in that group."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, sign)
        except ProcessLookupError:
            break
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            continue
    child.wait()


def _watch(what: str, child: "subprocess.Popen[bytes]", log: Path, started: float) -> int:
    """Waits for the end; returns the number of heartbeats that it printed."""
    beats = 0
    while True:
        try:
            child.wait(HEARTBEAT_SECONDS)
            return beats
        except subprocess.TimeoutExpired:
            beats += 1
            last = (tail(log, 1) or ["no output yet"])[0]
            width = shutil.get_terminal_size((120, 24)).columns if sys.stdout.isatty() else 120
            say(f"  {what}: {time.monotonic() - started:.0f} s, {last}"[:width])
