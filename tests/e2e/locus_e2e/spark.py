"""Executor pods as Spark 3.5 makes them, without Spark."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

CPU_MILLI = 1000
MEMORY_MIB = 1408  # 1 GiB heap and Spark's overhead


@dataclass(frozen=True)
class Application:
    """A Spark application that reads `inputs`."""

    name: str
    inputs: tuple[str, ...]
    executors: int
    # spark-app-selector: "spark-" and 32 hexadecimal digits.
    selector: str
    annotations: dict[str, str] = field(default_factory=dict)


def application(name: str, inputs: tuple[str, ...], executors: int, seed: int) -> Application:
    """An application whose selector follows from `seed` and `name`."""
    digits = random.Random(f"{seed} {name}").getrandbits(128)
    return Application(name, inputs, executors, f"spark-{digits:032x}")


def executor(app: Application, number: int, scheduler: str, suffix: str = "") -> dict[str, Any]:
    """The manifest of executor `number`, from 1. `suffix` tells pods of the same executor in several runs apart."""
    annotations = {"locus.dev/inputs": ",".join(app.inputs)} if app.inputs else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"{app.name}-exec-{number}{suffix}",
            "labels": {
                "spark-app-name": app.name,
                "spark-app-selector": app.selector,
                "spark-exec-id": str(number),
                "spark-exec-resourceprofile-id": "0",
                "spark-role": "executor",
                "spark-version": "3.5.9",
            },
            "annotations": {**annotations, **app.annotations},
        },
        "spec": {
            "schedulerName": scheduler,
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "spark-kubernetes-executor",
                    "image": "never-pulled",
                    "resources": {
                        "requests": {"cpu": f"{CPU_MILLI}m", "memory": f"{MEMORY_MIB}Mi"},
                        "limits": {"memory": f"{MEMORY_MIB}Mi"},
                    },
                }
            ],
        },
    }


def in_turns(apps: list[Application]) -> Iterator[tuple[Application, int]]:
    """Executors of several applications in the order in which they ask at the same time: one each, round and round."""
    for number in range(1, max(app.executors for app in apps) + 1):
        for app in apps:
            if number <= app.executors:
                yield app, number
