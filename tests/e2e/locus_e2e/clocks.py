"""Processes whose wall clock is not this machine's: libfaketime. Their steady clock is."""

from pathlib import Path

_LIBRARIES = "*/faketime/libfaketimeMT.so.1"


def ahead_by(seconds: int) -> list[str]:
    """What starts a program so that its clock is ahead by so much; negative: behind."""
    found = sorted(Path("/usr/lib").glob(_LIBRARIES))
    assert found, "libfaketime is missing: tools/packages.txt has it"
    variables = {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": f"{seconds:+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Times of files are the machine's.
        "NO_FAKE_STAT": "1",
    }
    return ["env", *(f"{name}={value}" for name, value in variables.items())]
