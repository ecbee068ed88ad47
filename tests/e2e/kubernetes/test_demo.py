"""The demo as a user starts it."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from locus_e2e.settings import ROOT
from locus_e2e.waiting import until

# Below what is promised for a demo whose parts are built: two minutes.
DEMO_SECONDS = 120


def _demo(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "locus_e2e.demo", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"},
    )


def _left_of(pid: int) -> list[str]:
    """Processes whose command line names a folder of that run, and such folders."""
    mark = f"locus-run-{pid}-"
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if mark in command:
            found.append(command)
    return found + [str(path) for base in ("/dev/shm", "/tmp") for path in Path(base).glob(f"{mark}*")]


def _total(output: str) -> tuple[int, int]:
    """Percentages of the last line of totals: without and with Locus."""
    line = re.search(r"^both applications.*$", output, re.MULTILINE)
    assert line, output
    without, with_locus = re.findall(r"(\d+)%", line.group())
    return int(without), int(with_locus)


@pytest.mark.parametrize("arguments", [[], ["--simulate"]])
def test_the_demo_shows_both_runs_and_leaves_nothing(arguments: list[str]) -> None:
    """Twelve pods, totals, and no process or folder of it afterwards."""
    with _demo(*arguments) as demo:
        output, _ = demo.communicate(timeout=DEMO_SECONDS)
    assert demo.returncode == 0, output
    assert len(re.findall(r"^(?:events|orders)-report-exec-\d", output, re.MULTILINE)) == 12
    without, with_locus = _total(output)
    assert with_locus > without
    assert ("SIMULATED" in output) == ("--simulate" in arguments)
    assert _left_of(demo.pid) == []


def test_keep_leaves_all_running_until_interrupted() -> None:
    """The addresses answer; Ctrl-C ends everything."""
    with _demo("--keep") as demo:
        assert demo.stdout is not None
        output = ""
        for line in demo.stdout:
            output += line
            if "Ctrl-C ends all" in line:
                break
        assert "locus-extender" in output and "kube-apiserver" in output
        assert len(_left_of(demo.pid)) > 8
        demo.send_signal(signal.SIGINT)
        demo.communicate(timeout=30)
    assert demo.returncode == 0
    assert _left_of(demo.pid) == []


def test_servers_of_a_demo_that_is_killed_end_with_it() -> None:
    """kill -9 leaves it no chance to clean up: the kernel ends the servers, the next run removes the folder."""
    with _demo("--keep") as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "Ctrl-C ends all" in line:
                break
        demo.kill()
    until("end of all servers", 10, lambda: not [left for left in _left_of(demo.pid) if "--" in left])
    with _demo("--simulate") as following:
        following.communicate(timeout=DEMO_SECONDS)
    assert _left_of(demo.pid) == []


def test_a_demo_that_cannot_have_a_control_plane_says_what_to_do() -> None:
    """No traceback, a way on."""
    env = {key: value for key, value in os.environ.items() if key != "LOCUS_KUBEPLANE"}
    done = subprocess.run(
        [sys.executable, "-m", "locus_e2e.demo"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "--simulate" in done.stderr
    assert "Traceback" not in done.stderr
