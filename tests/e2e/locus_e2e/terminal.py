"""Programs as a person sees them: their standard output is a terminal."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
from collections.abc import Sequence

_SECONDS = 60
_ROWS, _COLUMNS = 40, 120
# What moves the cursor and clears lines; there are no colours.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def on_terminal(argv: Sequence[str]) -> tuple[int, str]:
    """Runs a program until it ends: exit status, and all that it has ever written to its terminal, line by line."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    environment.pop("COLUMNS", None)
    with subprocess.Popen(argv, stdin=its, stdout=its, stderr=its, env=environment) as child:
        os.close(its)
        alarm = threading.Timer(_SECONDS, child.kill)
        alarm.start()
        try:
            written = _read_all(ours)
        finally:
            alarm.cancel()
            os.close(ours)
    return child.returncode, _CONTROL.sub("", written.decode(errors="replace"))


def _read_all(terminal: int) -> bytes:
    pieces = []
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            # A terminal that nobody writes to any more ends with an error.
            return b"".join(pieces)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
