"""The program //tests/sim, which places the executors of worlds with the production code."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worlds import World

STRATEGIES = ("locus", "gate", "stock", "most_bytes")


class Simulator:
    """Answers one question after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def place(self, world: World, strategy: str) -> list[int]:
        """Each executor's node, as a position in world.nodes; -1: none had room."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"strategy": strategy, "world": world.as_json()}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the simulator ended at seed {world.seed}, strategy {strategy}")
        return list(json.loads(answer)["nodes"])


@contextmanager
def running() -> Iterator[Simulator]:
    """Below LOCUS_BIN, as for the other tests."""
    program = Path(os.environ["LOCUS_BIN"]) / "tests" / "sim" / "sim"
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Simulator(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
