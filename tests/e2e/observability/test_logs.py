"""What a collector of logs gets from each program with `log.format: json`."""

import json
import re
from pathlib import Path

import pytest
import urllib3
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


def test_a_thousand_calls_that_cannot_be_used_are_a_thousand_in_the_metric_and_one_line(tmp_path: Path) -> None:
    """Of each verb and reason; calls that can be used are answered all the while."""
    http = urllib3.PoolManager(retries=False, timeout=5.0)
    good = json.dumps({"Pod": {"metadata": {"name": "p", "namespace": "n", "uid": "u"}}, "NodeNames": ["a"]})
    with Processes(tmp_path) as processes:
        told = {"metadata": {"target": _NOBODY}, "log": {"format": "json"}}
        daemon = Daemon("extender", settings.programs().extender, tmp_path, told, {"listen": _LOCAL}, processes)
        daemon.start()
        assert daemon.process is not None
        for number in range(1000):
            http.request("POST", f"{daemon.url()}/prioritize", body=b"{no json")
            if number % 100 == 0:
                assert http.request("POST", f"{daemon.url()}/prioritize", body=good).data.strip() == b"[]"
        http.request("POST", f"{daemon.url()}/filter", body=b"{no json")
        metrics = daemon.metrics()
        daemon.stop()
        lines = [json.loads(line) for line in daemon.process.log.read_text().splitlines()]
    bad = 'locus_extender_bad_requests_total{reason="malformed_json",verb="%s"}'
    assert (metrics[bad % "prioritize"], metrics[bad % "filter"]) == (1000, 1)
    warned = [line for line in lines if line["message"] == "calls of the scheduler cannot be used"]
    assert [(line["level"], line["verb"], line["reason"]) for line in warned] == [
        ("warning", "prioritize", "malformed_json"),
        ("warning", "filter", "malformed_json"),
    ]
