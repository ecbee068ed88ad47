"""What Spark itself tells of its tasks (its REST interface), which is independent of what Locus says."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import urllib3

from locus_e2e.spark_app.application import Scan, SparkApplication
from locus_e2e.waiting import until

_TOLD_SECONDS = 20.0
# More than any stage here has tasks.
_ALL = 100_000


@dataclass(frozen=True)
class Tasks:
    """The successful tasks of one stage."""

    by_locality: Counter[str]
    by_executor: Counter[str]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.by_locality.values())

    def local(self) -> float:
        """Fraction that ran on a node of their data, as Spark sees it."""
        return (self.by_locality["NODE_LOCAL"] + self.by_locality["PROCESS_LOCAL"]) / self.count

    def __str__(self) -> str:
        return ", ".join(f"{level} {count}" for level, count in sorted(self.by_locality.items()))


class SparkRest:
    """Of one running application. Spark's books follow its events some tenths of a second later."""

    def __init__(self, application: SparkApplication) -> None:
        self._url = f"{application.ui}/api/v1/applications/{application.id}"
        self._http = urllib3.PoolManager(timeout=20.0, retries=False)

    def reading(self, scan: Scan) -> Tasks:
        """The tasks that read: those of the scan's first stage."""
        return until(f"tasks of {scan.tag} from Spark", _TOLD_SECONDS, lambda: self._finished(scan.tag), every=0.1)

    def finished(self, tag: str) -> int:
        """How many tasks of a scan that is under way have succeeded; 0 before the first."""
        stages = self._stages(tag)
        return sum(attempt["numCompleteTasks"] for attempt in self._get(f"/stages/{stages[0]}")) if stages else 0

    def listing_tasks(self, scan: Scan) -> int:
        """Tasks of the jobs that only list; 0 when the driver listed by itself."""
        jobs = [job for job in self._get("/jobs") if job.get("jobGroup") == f"{scan.tag}-listing"]
        return sum(job["numTasks"] for job in jobs)

    def executors(self) -> dict[str, str]:
        """Executor's number -> its address; those that are alive."""
        alive = [one for one in self._get("/executors") if one["isActive"] and one["id"] != "driver"]
        return {str(one["id"]): str(one["hostPort"]).rpartition(":")[0] for one in alive}

    def _stages(self, tag: str) -> list[int]:
        jobs = [job for job in self._get("/jobs") if job.get("jobGroup") == tag]
        return sorted(stage for job in jobs for stage in job["stageIds"])

    def _finished(self, tag: str) -> Tasks | None:
        stages = self._stages(tag)
        if not stages:
            return None
        tasks: list[Any] = []
        attempts = self._get(f"/stages/{stages[0]}")
        for attempt in attempts:
            told = self._get(f"/stages/{stages[0]}/{attempt['attemptId']}/taskList?length={_ALL}")
            tasks += [task for task in told if task["status"] == "SUCCESS"]
        if not attempts or attempts[-1]["status"] != "COMPLETE" or len(tasks) < attempts[0]["numTasks"]:
            return None
        return Tasks(
            Counter(task["taskLocality"] for task in tasks), Counter(str(task["executorId"]) for task in tasks)
        )

    def _get(self, path: str) -> Any:
        answer = self._http.request("GET", self._url + path)
        return answer.json() if answer.status == 200 else []
