"""The admission policy on real API servers: one annotation becomes all that reads need, and nothing else changes."""

import copy
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import rendered, settings, spark
from locus_e2e.control_plane import ControlPlane
from locus_e2e.installed import Applier, installed
from locus_e2e.kube_api import ApiError, KubeApi, Object
from locus_e2e.processes import Processes
from locus_e2e.waiting import until

_ON, _OFF = "admission-on", "admission-off"
_GATE = {"name": "locus.dev/locality"}
_HOST_IP = {"name": "HOST_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.hostIP"}}}
_OPTION = "-Dalluxio.user.hostname=$(HOST_IP)"
_JAVA = {"name": "JAVA_TOOL_OPTIONS", "value": _OPTION}
_SECONDS = 60.0
_GROUP = "admissionregistration.k8s.io"
# Versions of Kubernetes and of the policy's API, and what the API server must be told to serve that one.
_VERSIONS = (
    ("1.36", "v1", ()),
    # As 1.34 and 1.35 have it.
    ("1.36", "v1beta1", (f"--runtime-config={_GROUP}/v1beta1=true",)),
    (
        "1.33",
        "v1alpha1",
        ("--feature-gates=MutatingAdmissionPolicy=true", f"--runtime-config={_GROUP}/v1alpha1=true"),
    ),
)
_numbers = itertools.count()


@dataclass(frozen=True)
class Gatehouse:
    """An API server with the policy in force, and two namespaces: one has the label."""

    api: KubeApi

    def admit(self, pod: Object, namespace: str = _ON) -> Object:
        """The pod as the server would keep it."""
        pod = copy.deepcopy(pod)
        pod["metadata"]["name"] = f"pod-{next(_numbers)}"
        return self.api.post(f"/api/v1/namespaces/{namespace}/pods?dryRun=All", pod)


def _open(control: ControlPlane, api_version: str) -> Iterator[Gatehouse]:
    applier = Applier(control.api)
    for name, labels in ((_ON, {"locus.dev/admission": "enabled"}), (_OFF, {})):
        applier.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    with installed(control, rendered.kustomize(f"admission/{api_version}")):
        house = Gatehouse(control.api)
        until(
            "effect of the policy",
            _SECONDS,
            lambda: house.admit(_executor())["spec"]["schedulerName"] == "locus",
            every=0.2,
        )
        yield house


@pytest.fixture(scope="module", params=_VERSIONS, ids=lambda one: "-".join(one[:2]))
def house(request: pytest.FixtureRequest, run_folder: Path) -> Iterator[Gatehouse]:
    """For each version of the API, with a control plane of its own."""
    version, api_version, arguments = request.param
    binary = settings.kubeplanes().get(version)
    if binary is None:
        pytest.skip(f"no control plane {version} could be built")
    with tempfile.TemporaryDirectory(dir=run_folder) as folder, Processes(Path(folder)) as processes:
        yield from _open(ControlPlane(binary, Path(folder) / "kube", processes, arguments=arguments), api_version)


def _executor(**annotations: str) -> Object:
    """As Spark makes it, of nobody's scheduler."""
    app = spark.application("app", ("alluxio:///warehouse/events",), 1, 1)
    app.annotations.update({f"locus.dev/{key}": value for key, value in annotations.items()})
    pod = spark.executor(app, 1, "default-scheduler")
    del pod["spec"]["schedulerName"]
    return pod


def _with(pod: Object, **fields: Any) -> Object:
    """Fields of the pod's one container added."""
    pod["spec"]["containers"][0].update(fields)
    return pod


def _env(pod: Object, number: int = 0) -> list[Object]:
    return pod["spec"]["containers"][number].get("env", [])  # type: ignore[no-any-return]


def test_an_annotation_is_enough(house: Gatehouse) -> None:
    """Scheduler, the node's address first, and what Alluxio's client needs; no gate, as nothing waits."""
    pod = house.admit(_with(_executor(), env=[{"name": "MINE", "value": "at $(HOST_IP)"}]))
    assert pod["spec"]["schedulerName"] == "locus"
    assert "schedulingGates" not in pod["spec"]
    assert _env(pod) == [_HOST_IP, {"name": "MINE", "value": "at $(HOST_IP)"}, _JAVA]


def test_the_same_without_any_variable(house: Gatehouse) -> None:
    """Where the list has to be made first."""
    assert _env(house.admit(_executor())) == [_HOST_IP, _JAVA]


@pytest.mark.parametrize(
    ("policy", "gated"), [("wait", True), (" wait ", True), ("prefer", False), ("require", False), ("Wait", False)]
)
def test_a_gate_is_for_pods_that_wait(house: Gatehouse, policy: str, gated: bool) -> None:
    """As the extender reads the word."""
    spec = house.admit(_executor(policy=policy))["spec"]
    assert spec.get("schedulingGates", []) == ([_GATE] if gated else [])
    assert spec["schedulerName"] == "locus"


def test_a_gate_of_others_stays(house: Gatehouse) -> None:
    """And ours is not put there twice."""
    pod = _executor(policy="wait")
    pod["spec"]["schedulingGates"] = [{"name": "example.com/quota"}]
    assert house.admit(pod)["spec"]["schedulingGates"] == [{"name": "example.com/quota"}, _GATE]
    pod["spec"]["schedulingGates"] = [_GATE, {"name": "example.com/quota"}]
    assert house.admit(pod)["spec"]["schedulingGates"] == [_GATE, {"name": "example.com/quota"}]


def test_what_locusctl_sets_stays_as_it_is(house: Gatehouse) -> None:
    """A pod that brings everything is admitted unchanged but for the option, which means the same."""
    pod = _with(_executor(policy="wait"), env=[_HOST_IP, {"name": "SPARK_JAVA_OPT_0", "value": _OPTION}])
    pod["spec"] |= {"schedulerName": "locus", "schedulingGates": [_GATE]}
    admitted = house.admit(pod)
    assert admitted["spec"]["schedulerName"] == "locus" and admitted["spec"]["schedulingGates"] == [_GATE]
    assert _env(admitted) == [_HOST_IP, {"name": "SPARK_JAVA_OPT_0", "value": _OPTION}, _JAVA]


def test_a_pod_that_has_it_all_is_not_changed(house: Gatehouse) -> None:
    """Run again, the policy changes nothing."""
    once = house.admit(_executor(policy="wait"))
    again = house.admit({"metadata": _executor(policy="wait")["metadata"], "spec": once["spec"]})
    assert again["spec"] == once["spec"]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        # Options of the pod's own: ours behind them.
        (
            [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xss4m"}],
            [_HOST_IP, {"name": "JAVA_TOOL_OPTIONS", "value": f"-Xss4m {_OPTION}"}],
        ),
        # They name a host already.
        (
            [{"name": "JAVA_TOOL_OPTIONS", "value": "-Dalluxio.user.hostname=here"}],
            [_HOST_IP, {"name": "JAVA_TOOL_OPTIONS", "value": "-Dalluxio.user.hostname=here"}],
        ),
        # They come from elsewhere.
        (
            [{"name": "JAVA_TOOL_OPTIONS", "valueFrom": {"configMapKeyRef": {"name": "map", "key": "options"}}}],
            [
                _HOST_IP,
                {"name": "JAVA_TOOL_OPTIONS", "valueFrom": {"configMapKeyRef": {"name": "map", "key": "options"}}},
            ],
        ),
        # HOST_IP is something else: nothing may rest on it.
        ([{"name": "HOST_IP", "value": "10.0.0.1"}], [{"name": "HOST_IP", "value": "10.0.0.1"}]),
        # HOST_IP is there, after what ours would have to come before.
        (
            [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xss4m"}, _HOST_IP],
            [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xss4m"}, _HOST_IP],
        ),
        ([{"name": "MINE", "value": "1"}, _HOST_IP], [{"name": "MINE", "value": "1"}, _HOST_IP, _JAVA]),
    ],
)
def test_variables_of_the_pod_win(house: Gatehouse, env: list[Object], expected: list[Object]) -> None:
    """Nothing that it has is lost."""
    assert _env(house.admit(_with(_executor(), env=env))) == expected


def test_options_that_may_come_from_envfrom_are_not_hidden(house: Gatehouse) -> None:
    """What stands in the list of variables would win over them."""
    source = [{"configMapRef": {"name": "options"}}]
    assert _env(house.admit(_with(_executor(), envFrom=source))) == [_HOST_IP]


def test_every_container_is_served_up_to_the_eighth(house: Gatehouse) -> None:
    """Sidecars read too."""
    pod = _executor()
    pod["spec"]["containers"] += [{"name": f"more-{number}", "image": "never-pulled"} for number in range(8)]
    admitted = house.admit(pod)
    assert [_env(admitted, number) for number in range(9)] == [[_HOST_IP, _JAVA]] * 8 + [[]]


def test_another_scheduler_stays_and_gets_no_gate(house: Gatehouse) -> None:
    """Who has chosen one has had a reason, and the gate is of use with ours alone."""
    pod = _executor(policy="wait")
    pod["spec"]["schedulerName"] = "batch"
    admitted = house.admit(pod)
    assert admitted["spec"]["schedulerName"] == "batch" and "schedulingGates" not in admitted["spec"]


def test_a_pod_that_has_its_node_is_admitted_without_a_gate(house: Gatehouse) -> None:
    """The API server refuses a gate there."""
    pod = _executor(policy="wait")
    pod["spec"]["nodeName"] = "node-1"
    assert "schedulingGates" not in house.admit(pod)["spec"]


def _without_inputs() -> Object:
    pod = _executor(policy="wait")
    del pod["metadata"]["annotations"]["locus.dev/inputs"]
    return pod


def _blank_inputs() -> Object:
    return _executor(policy="wait", inputs=" ")


def _without_annotations() -> Object:
    pod = _executor()
    del pod["metadata"]["annotations"]
    return pod


def _driver() -> Object:
    pod = _executor(policy="wait")
    pod["metadata"]["labels"]["spark-role"] = "driver"
    return pod


@pytest.mark.parametrize("make", [_without_inputs, _blank_inputs, _without_annotations, _driver])
def test_pods_that_name_no_inputs_and_drivers_are_left_alone(house: Gatehouse, make: Any) -> None:
    """As in a namespace without the policy."""
    pod = _with(make(), env=[{"name": "MINE", "value": "1"}])
    assert house.admit(pod)["spec"] == house.admit(pod, _OFF)["spec"]
    assert house.admit(pod)["spec"]["schedulerName"] == "default-scheduler"


def test_namespaces_without_the_label_are_left_alone(house: Gatehouse) -> None:
    """A pod with every wish."""
    pod = _with(_executor(policy="wait"), env=[{"name": "MINE", "value": "1"}])
    spec = house.admit(pod, _OFF)["spec"]
    assert spec["schedulerName"] == "default-scheduler" and "schedulingGates" not in spec
    assert spec["containers"][0]["env"] == [{"name": "MINE", "value": "1"}]


def test_an_api_server_without_the_api_says_so(run_folder: Path) -> None:
    """1.30: a pod template is the way there (docs/admission.md)."""
    binary = settings.kubeplanes().get("1.30")
    if binary is None:
        pytest.skip("no control plane 1.30 could be built")
    with tempfile.TemporaryDirectory(dir=run_folder) as folder, Processes(Path(folder)) as processes:
        control = ControlPlane(binary, Path(folder) / "kube", processes)
        for api_version in ("v1", "v1beta1", "v1alpha1"):
            applier = Applier(control.api)
            for one in rendered.kustomize(f"admission/{api_version}"):
                with pytest.raises((ApiError, KeyError)):
                    applier.apply(one)
