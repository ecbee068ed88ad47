"""Children and folders of a run end with it, however it ends."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from locus_e2e import folders
from locus_e2e.processes import ProcessDied, Processes
from locus_e2e.settings import ROOT
from locus_e2e.waiting import WaitedTooLong, until


def test_a_child_is_ended_by_the_kernel_when_its_parent_is_killed(tmp_path: Path) -> None:
    """kill -9 of the parent: nobody is left to stop the child."""
    program = (
        "import sys, time; from pathlib import Path; from locus_e2e.processes import Processes\n"
        f"child = Processes(Path({str(tmp_path)!r})).start('sleeper', ['sleep', '1000'])\n"
        "print(child.pid, flush=True); time.sleep(1000)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT / "tests" / "e2e"), "PATH": "/usr/bin:/bin"},
    ) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        # setpriv, which becomes it, has the word among its arguments too.
        until("sleep in the child", 5, lambda: (child / "comm").read_text() == "sleep\n")
        parent.kill()
    # A zombie that init has not collected yet has no command line either.
    until("end of the child", 5, lambda: not child.exists() or not (child / "cmdline").read_bytes())


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    """After the grace, which is short here."""
    with Processes(tmp_path) as processes:
        stubborn = processes.start("stubborn", ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"])
        until("its trap", 5, lambda: "up" in stubborn.tail())
        assert stubborn.stop(grace=0.2) == -signal.SIGKILL


def test_children_end_in_reverse_order_of_their_start(tmp_path: Path) -> None:
    """So that nobody loses a server that it still talks to."""
    ends = tmp_path / "ends"
    with Processes(tmp_path) as processes:
        for name in ("first", "second"):
            script = f"trap 'echo {name} >> {ends}; exit 0' TERM; echo up; while :; do sleep 0.02; done"
            child = processes.start(name, ["bash", "-c", script])
            until("its trap", 5, lambda child=child: "up" in child.tail())
    assert ends.read_text().split() == ["second", "first"]


def test_a_child_that_ended_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    """What a person needs first."""
    with Processes(tmp_path) as processes:
        child = processes.start("broken", ["sh", "-c", "echo the disk is full; exit 3"])
        until("its end", 5, lambda: not child.running())
        with pytest.raises(ProcessDied, match="ended with 3:\nthe disk is full"):
            child.check()


def test_a_folder_goes_with_its_run_and_a_dead_runs_folder_with_the_next() -> None:
    """Another live run's folder stays."""
    with folders.run_folder() as mine:
        (mine / "data").write_text("x")
        dead = mine.parent / "locus-run-999999999-left"
        dead.mkdir()
        with folders.run_folder() as other:
            assert other != mine and mine.exists()
        assert not dead.exists() and not other.exists() and mine.exists()
    assert not mine.exists()


def test_waiting_ends_with_its_bound() -> None:
    """And says for what."""
    with pytest.raises(WaitedTooLong, match="no wonder within 0.05 s"):
        until("wonder", 0.05, lambda: None)
