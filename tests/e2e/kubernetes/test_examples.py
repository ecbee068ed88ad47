"""The examples for Spark say what locusctl says, and leave to the admission policy what that does."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from locus_e2e import rendered, settings

_EXAMPLES = rendered.MANIFESTS / "spark"
_DATA = "/warehouse/events"
_FRONT = "locus-meta.locus.svc:19998"
_ANNOTATION = "spark.kubernetes.executor.annotation."
# What the policy gives to pods, and the front's address, which the examples have in the URI.
_NOT_NEEDED = {
    "spark.kubernetes.executor.scheduler.name",
    "spark.executor.extraJavaOptions",
    "spark.driver.extraJavaOptions",
}


@pytest.fixture(scope="module")
def told() -> dict[str, str]:
    """What locusctl says for the same job."""
    done = subprocess.run(
        [settings.programs().locusctl, "spark-conf", "--json", "--inputs", f"alluxio://{_DATA}", "--executors", "3",
         "--policy", "wait", "--max-wait", "60s", "--front", _FRONT],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip
    return {one["name"]: one["value"] for one in json.loads(done.stdout)["settings"]}


def test_the_script_gives_spark_submit_what_locusctl_would(told: dict[str, str], tmp_path: Path) -> None:
    """But for what the policy does."""
    program = tmp_path / "bin" / "spark-submit"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nfor word; do printf '%s\\n' \"$word\"; done\n")
    program.chmod(0o755)
    environment = {**os.environ, "SPARK_HOME": str(tmp_path), "K8S_MASTER": "k8s://https://10.0.0.1", "IMAGE": "spark"}
    done = subprocess.run(
        [_EXAMPLES / "submit.sh", _DATA], capture_output=True, text=True, check=True, timeout=30, env=environment
    )
    words = done.stdout.splitlines()
    given = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--conf")
    assert told.keys() - _NOT_NEEDED <= given.keys()
    assert {name: given[name] for name in told.keys() - _NOT_NEEDED} == {
        name: value for name, value in told.items() if name not in _NOT_NEEDED
    }
    assert not _NOT_NEEDED & given.keys()
    assert words[-1] == f"alluxio://{_FRONT}{_DATA}"


def test_the_application_says_the_same(told: dict[str, str]) -> None:
    """In the words of the Spark operator."""
    spec = yaml.safe_load((_EXAMPLES / "application.yaml").read_text())["spec"]
    executor = spec["executor"]
    given = {
        **spec["sparkConf"],
        "spark.executor.instances": str(executor["instances"]),
        **{f"{_ANNOTATION}{name}": value for name, value in executor["annotations"].items()},
    }
    assert given == {name: value for name, value in told.items() if name not in _NOT_NEEDED}
    assert spec["arguments"] == [f"alluxio://{_FRONT}{_DATA}"]
