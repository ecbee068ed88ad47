"""A real Prometheus over given targets."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import urllib3
import yaml

from locus_e2e.ports import free_port
from locus_e2e.processes import Process, ProcessDied, Processes
from locus_e2e.promtool import program
from locus_e2e.waiting import WaitedTooLong, until

_LOCAL = "127.0.0.1"
# A port that was free may be taken before Prometheus binds it.
_ATTEMPTS = 3
_READY_SECONDS = 60.0
# rate() wants two samples: the rules' own 5 minutes are long, the pause between scrapes is short.
_INTERVAL = "1s"
_SCRAPES = 4


class Prometheus:
    """Ready when the constructor returns: every target has been scraped some times, every rule evaluated."""

    def __init__(self, folder: Path, targets: Mapping[str, str], rules: Path) -> None:
        """`targets`: host:port by what each is called in targets(). `folder`: is made."""
        folder.mkdir()
        self._names = {target: name for name, target in targets.items()}
        self._processes = Processes(folder)
        self._http = urllib3.PoolManager(retries=False, timeout=10.0)
        copy = folder / "rules.yaml"
        # As they are, but evaluated as often as targets are scraped.
        groups = yaml.safe_load(rules.read_text())["groups"]
        copy.write_text(yaml.safe_dump({"groups": [{**group, "interval": _INTERVAL} for group in groups]}))
        config = folder / "prometheus.yaml"
        jobs = [{"job_name": "locus", "static_configs": [{"targets": list(targets.values())}]}]
        every = {"scrape_interval": _INTERVAL, "scrape_timeout": _INTERVAL, "evaluation_interval": _INTERVAL}
        config.write_text(yaml.safe_dump({"global": every, "rule_files": [str(copy)], "scrape_configs": jobs}))
        for attempt in range(_ATTEMPTS):
            try:
                self._start(folder, config, attempt)
                break
            except (ProcessDied, WaitedTooLong):
                if attempt == _ATTEMPTS - 1:
                    raise
        until("scrapes of all targets", _READY_SECONDS, lambda: self._scraped(len(targets)), every=0.5)
        until("evaluation of all rules", _READY_SECONDS, self._evaluated, every=0.5)

    def close(self) -> None:
        """Ends it."""
        self._processes.close()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """An instant vector's samples, without those that are no number. Raises RuntimeError with what is wrong."""
        result = self._get("/api/v1/query", {"query": expression})["result"]
        return [sample for sample in result if sample["value"][1] not in ("NaN", "+Inf", "-Inf")]

    def targets(self) -> dict[str, str]:
        """What each is called -> its health."""
        active = self._get("/api/v1/targets", {})["activeTargets"]
        return {self._names[target["labels"]["instance"]]: target["health"] for target in active}

    def rules(self) -> list[dict[str, Any]]:
        """As /api/v1/rules tells of them."""
        return [rule for group in self._get("/api/v1/rules", {})["groups"] for rule in group["rules"]]

    def alerts(self) -> list[dict[str, Any]]:
        """Pending and firing ones."""
        return list(self._get("/api/v1/alerts", {})["alerts"])

    def _start(self, folder: Path, config: Path, attempt: int) -> None:
        self._url = f"http://{_LOCAL}:{free_port(_LOCAL)}"
        argv = [
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder}/data-{attempt}",
            f"--web.listen-address={self._url.removeprefix('http://')}",
        ]
        process = self._processes.start("prometheus", argv)
        until("Prometheus", _READY_SECONDS, lambda: self._ready(process), every=0.1)

    def _ready(self, process: Process) -> bool:
        process.check()
        try:
            return self._http.request("GET", f"{self._url}/-/ready").status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _scraped(self, count: int) -> bool:
        samples = self.query("count_over_time(up[5m])")
        return len(samples) == count and all(float(sample["value"][1]) >= _SCRAPES for sample in samples)

    def _evaluated(self) -> bool:
        return all(rule["health"] != "unknown" for rule in self.rules())

    def _get(self, path: str, fields: dict[str, str]) -> Any:
        answer = json.loads(self._http.request("GET", self._url + path, fields=fields).data)
        if answer["status"] != "success":
            raise RuntimeError(f"{path} {fields}: {answer.get('error')}")
        return answer["data"]
