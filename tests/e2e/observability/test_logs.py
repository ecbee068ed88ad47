"""What a collector of logs gets from each program with `log.format: json`."""

import json
import re
from pathlib import Path

import pytest
from locus_e2e import settings
from locus_e2e.daemon import Daemon, Settings
from locus_e2e.processes import Processes

_LOCAL = "127.0.0.1"
# Of one second or less, with the zone: as RFC 3339 has it.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
_NOBODY = "127.0.0.1:9"


@pytest.mark.parametrize(
    ("program", "configuration"),
    [
        ("meta", {}),
        ("extender", {"metadata": {"target": _NOBODY, "reconnect_max": "100ms"}}),
        ("worker", {"report": {"target": ""}, "origin": {"mounts": [{"path": "/web", "http": {"url": "http://x"}}]}}),
    ],
)
def test_each_line_is_an_object_with_the_fields_of_the_page(
    program: str, configuration: Settings, tmp_path: Path
) -> None:
    """docs/operations.md, Logs."""
    if program == "worker":
        tiers = [{"tier": "SSD", "path": str(tmp_path / "ssd"), "quota": "1MiB"}]
        configuration = {**configuration, "store": {"tiers": tiers}}
    sockets = {"listen": _LOCAL} if program == "extender" else {"listen": _LOCAL, "admin": _LOCAL}
    with Processes(tmp_path) as processes:
        told = {**configuration, "log": {"format": "json", "level": "debug"}}
        binary = getattr(settings.programs(), program)
        daemon = Daemon(f"locus-{program}", binary, tmp_path, told, sockets, processes)
        daemon.start()
        assert daemon.process is not None
        daemon.stop()
        lines = [json.loads(line) for line in daemon.process.log.read_text().splitlines()]
    assert len(lines) >= 2
    for line in lines:
        assert list(line)[:4] == ["time", "level", "component", "message"]
        assert _TIME.fullmatch(line["time"])
        assert line["level"] in ("debug", "info", "warning", "error")
        assert line["component"] == f"locus-{program}"
        assert line["message"]
