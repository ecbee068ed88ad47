"""Waiting with a bound, for something rather than for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class WaitedTooLong(TimeoutError):
    """What was waited for did not come within the bound."""


def until(what: str, seconds: float, ask: Callable[[], T | None], every: float = 0.02) -> T:
    """Asks until the answer is true and returns it. Raises WaitedTooLong with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() >= deadline:
            raise WaitedTooLong(f"no {what} within {seconds:g} s")
        time.sleep(every)
