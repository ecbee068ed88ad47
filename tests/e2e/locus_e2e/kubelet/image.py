"""What stands in a container image: how its arguments become a command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from locus_e2e.kubelet.pod_env import BadContainer


@dataclass(frozen=True)
class Command:
    """What to run, with all of its environment."""

    argv: list[str]
    environment: dict[str, str]


class Image(Protocol):
    """One image for all pods of a kubelet."""

    def command(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Command | None:
        """`folder`: the pod's own, for what it writes. None: these arguments start nothing; the pod only takes room.
        Raises BadContainer."""


class SparkImage:
    """What Spark's own image does, with the jars of pyspark."""

    def __init__(self, java: Path, spark_home: Path, python: Path) -> None:
        self._java = java
        self._spark_home = spark_home
        self._python = python

    def command(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Command | None:
        if not arguments:
            return None
        everything = self._environment(environment, folder)
        if arguments[0] == "executor":
            return Command(self._executor(everything), everything)
        if arguments[0] == "driver":
            return Command(self._driver(arguments[1:], everything), everything)
        raise BadContainer(f"Spark's image knows driver and executor, not {arguments[0]}")

    def _environment(self, environment: Mapping[str, str], folder: Path) -> dict[str, str]:
        configuration = folder / "conf"
        configuration.mkdir(exist_ok=True)
        given = environment.get("SPARK_CONF_DIR", "")
        return {
            "PATH": f"{self._python.parent}:/usr/sbin:/usr/bin:/sbin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "SPARK_HOME": str(self._spark_home),
            "PYSPARK_PYTHON": str(self._python),
            **environment,
            "SPARK_CONF_DIR": given if Path(given).is_dir() else str(configuration),
        }

    def _executor(self, environment: Mapping[str, str]) -> list[str]:
        prefix = "SPARK_JAVA_OPT_"
        numbers = sorted(int(name.removeprefix(prefix)) for name in environment if name.startswith(prefix))
        jars = f"{self._spark_home}/jars/*"
        class_path = [environment["SPARK_CONF_DIR"], environment.get("SPARK_CLASSPATH", ""), jars]
        flags = {
            "--driver-url": "SPARK_DRIVER_URL",
            "--executor-id": "SPARK_EXECUTOR_ID",
            "--cores": "SPARK_EXECUTOR_CORES",
            "--app-id": "SPARK_APPLICATION_ID",
            "--hostname": "SPARK_EXECUTOR_POD_IP",
            "--resourceProfileId": "SPARK_RESOURCE_PROFILE_ID",
            "--podName": "SPARK_EXECUTOR_POD_NAME",
        }
        absent = [name for name in (*flags.values(), "SPARK_EXECUTOR_MEMORY") if name not in environment]
        if absent:
            raise BadContainer(f"an executor without {', '.join(absent)}")
        memory = environment["SPARK_EXECUTOR_MEMORY"]
        return [
            str(self._java),
            *(environment[f"{prefix}{number}"] for number in numbers),
            f"-Xms{memory}",
            f"-Xmx{memory}",
            "-cp",
            ":".join(part for part in class_path if part),
            "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend",
            *(part for flag, name in flags.items() for part in (flag, environment[name])),
        ]

    def _driver(self, arguments: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        address = environment.get("SPARK_DRIVER_BIND_ADDRESS", "")
        return [
            str(self._spark_home / "bin" / "spark-submit"),
            "--conf",
            f"spark.driver.bindAddress={address}",
            "--conf",
            f"spark.executorEnv.SPARK_DRIVER_POD_IP={address}",
            "--deploy-mode",
            "client",
            *arguments,
        ]
