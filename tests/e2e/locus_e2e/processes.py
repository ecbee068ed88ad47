"""Child processes that end with this one, however it ends."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# Between asking a process to end and ending it.
GRACE_SECONDS = 5.0


class ProcessDied(Exception):
    """A process that should be running is not; the text holds the end of its log."""


class Process:
    """One child with its log. It leads its own process group, so a Ctrl-C reaches only us, and we end it in order;
    should we die without a word, the kernel ends it (PR_SET_PDEATHSIG, which counts from the *thread* that started
    the child: start processes from the main thread).
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[object],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """`environment`: instead of ours; `folder`: that it starts in."""
        self.name = name
        self.argv = [str(part) for part in argv]
        self.log = log
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ProcessDied("setpriv is missing; it belongs to Debian's util-linux")
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [setpriv, "--pdeathsig", "KILL", "--", *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**(os.environ if environment is None else environment), "GRPC_ENABLE_FORK_SUPPORT": "0"},
                cwd=folder,
            )

    @property
    def pid(self) -> int:
        """The program's own process id: setpriv has become it."""
        return self._child.pid

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._child.poll() is None

    def check(self) -> None:
        """Raises ProcessDied when it has ended."""
        if not self.running():
            raise ProcessDied(f"{self.name} ended with {self._child.returncode}:\n{self.tail()}\nlog: {self.log}")

    def tail(self, lines: int = 20) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def exit_status(self) -> int | None:
        """Of a process that has ended (negative: the signal's number); None while it runs."""
        return self._child.poll()

    def terminate(self) -> None:
        """SIGTERM; does not wait."""
        self._signal(signal.SIGTERM)

    def interrupt(self) -> None:
        """SIGINT, as of Ctrl-C; does not wait."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """kill -9, and waits until it is gone."""
        self._signal(signal.SIGKILL)
        self._child.wait()

    def stop(self, grace: float = GRACE_SECONDS) -> int:
        """SIGTERM, then SIGKILL after `grace`; returns the exit status (negative: the signal's number)."""
        self._signal(signal.SIGTERM)
        try:
            return self._child.wait(grace)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._child.returncode

    def _signal(self, number: int) -> None:
        # poll() reaps, and a reaped id may belong to somebody else by now.
        if self._child.poll() is None:
            os.killpg(self._child.pid, number)


class Processes:
    """All children of a run; stopped in reverse order of their start."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._all: list[Process] = []

    def start(self, name: str, argv: Sequence[object], **options: Any) -> Process:
        """Starts one; a later one of the same name goes on in the same log. `options`: as of Process."""
        process = Process(name, argv, self._logs / f"{name}.log", **options)
        self._all.append(process)
        return process

    def close(self) -> None:
        """Stops all that still run. May be called again."""
        while self._all:
            self._all.pop().stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()
