"""`locusctl status` and `locusctl doctor cluster` on a running stack and a real API server: what is broken is named."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from locus_e2e import scenario, scheduler_config, session
from locus_e2e.control_plane import ControlPlane
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.site import Site
from locus_e2e.waiting import until

SPACE = "locus-installed"
# workers.lost_after of the stack is 3 s.
_LOST_SECONDS = 15
_EXTENDER_RULES = [
    {"apiGroups": [""], "resources": ["nodes", "pods"], "verbs": ["list", "watch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["patch"]},
    {"apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "create", "update"]},
]
_RBAC = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def space(control: ControlPlane) -> Iterator[str]:
    """A namespace that looks like one in which Locus is installed, but for the rights of the extender."""
    api = control.api
    with contextlib.suppress(Exception):
        api.post("/api/v1/namespaces", {"metadata": {"name": SPACE}})
    configuration = scheduler_config.with_locus("http://127.0.0.1:8900")
    api.post(
        f"/api/v1/namespaces/{SPACE}/configmaps",
        {"metadata": {"name": "scheduler"}, "data": {"config.yaml": yaml.safe_dump(configuration)}},
    )
    containers = [
        {"name": "locus-extender", "image": "locus-extender:0.1.0"},
        {"name": "kube-scheduler", "image": "kube-scheduler:v1.36.3"},
    ]
    api.post(
        f"/api/v1/namespaces/{SPACE}/pods",
        {
            "metadata": {"name": "scheduler-1"},
            "spec": {"nodeName": "node-1", "serviceAccountName": "scheduler", "containers": containers},
        },
    )
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    api.patch(f"/api/v1/namespaces/{SPACE}/pods/scheduler-1/status", {"status": ready})
    yield SPACE
    api.delete(f"/api/v1/namespaces/{SPACE}/pods/scheduler-1", {"gracePeriodSeconds": 0})
    api.delete(f"/api/v1/namespaces/{SPACE}/configmaps/scheduler")


@pytest.fixture
def bound(control: ControlPlane) -> Iterator[Callable[[], None]]:
    """Gives the extender's service account its rights, for as long as the test runs."""
    role = {"metadata": {"name": SPACE}, "rules": _EXTENDER_RULES}
    binding = {
        "metadata": {"name": SPACE},
        "subjects": [{"kind": "ServiceAccount", "name": "scheduler", "namespace": SPACE}],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": SPACE},
    }

    def bind() -> None:
        control.api.post(f"{_RBAC}/clusterroles", role)
        control.api.post(f"{_RBAC}/clusterrolebindings", binding)

    yield bind
    for kind in ("clusterrolebindings", "clusterroles"):
        with contextlib.suppress(Exception):
            control.api.delete(f"{_RBAC}/{kind}/{SPACE}")


def _checks(site: Site, space: str) -> dict[str, Any]:
    """What the doctor finds, by subject."""
    told = site.stack.locusctl(
        "doctor", "cluster", "-n", space, "--kubeconfig", str(site.plane.control.kubeconfig), "-o", "json"
    )
    assert told.errors == ""
    return {check["subject"]: check for check in told.json()["checks"]}


def test_a_stack_is_well_until_a_worker_is_killed(site_of: Callable[..., Site]) -> None:
    """The screen and its exit code."""
    site = site_of(scenario.build(3))
    told = site.stack.locusctl("status")
    assert told.status == 0, told.output
    assert "3 live" in told.output
    assert "leads the gate" in told.output
    site.stack.workers["node-2"].kill()

    def lost() -> str | None:
        answer = site.stack.locusctl("status")
        return answer.output if answer.status == 1 else None

    text = until("lost worker", _LOST_SECONDS, lost, every=0.5)
    assert "! node-2 (127.0.0.12:" in text
    assert "2 live, 1 lost" in text


@session.every_version
def test_the_doctor_names_missing_rights_and_is_content_when_they_are_given(
    site_of: Callable[..., Site], space: str, bound: Callable[[], None]
) -> None:
    """Rights are asked of the real authorizer, for the account of the pod."""
    site = site_of(scenario.build(3))
    checks = _checks(site, space)
    assert checks["API server"]["health"] == "OK"
    assert checks["rights of the parts"]["health"] == "FAIL"
    assert f"locus-extender ({space}/scheduler) may not patch pods" in checks["rights of the parts"]["evidence"]
    assert checks["scheduler configuration"]["health"] == "OK"
    assert checks["extender"]["health"] == "OK"
    assert checks["gate"]["health"] == "OK"
    assert checks["workers"]["health"] == "OK"
    assert checks["admission policy"]["health"] == "WARN"
    bound()
    until("rights", 10, lambda: _checks(site, space)["rights of the parts"]["health"] == "OK", every=0.5)


def test_the_doctor_sees_a_scheduler_that_was_configured_wrong(
    site_of: Callable[..., Site], space: str, control: ControlPlane
) -> None:
    """The two traps that cost most."""
    site = site_of(scenario.build(3))
    wrong = scheduler_config.with_locus("http://127.0.0.1:8900", name=LOCUS_SCHEDULER)
    wrong["extenders"][0]["nodeCacheCapable"] = False
    wrong["percentageOfNodesToScore"] = 50
    control.api.patch(
        f"/api/v1/namespaces/{space}/configmaps/scheduler", {"data": {"config.yaml": yaml.safe_dump(wrong)}}
    )
    check = _checks(site, space)["scheduler configuration"]
    assert check["health"] == "FAIL"
    assert "nodeCacheCapable is not true" in check["evidence"][0]
    assert any("percentageOfNodesToScore is 50" in line for line in check["evidence"])


def test_the_doctor_says_which_rights_its_own_user_lacks(site_of: Callable[..., Site], space: str) -> None:
    """Nobody in particular may read nothing in particular; what can be judged without is judged."""
    site = site_of(scenario.build(3))
    server = yaml.safe_load(site.plane.control.kubeconfig.read_text())
    server["users"] = [{"name": user["name"], "user": {}} for user in server["users"]]
    anonymous = site.plane.control.kubeconfig.with_name("anonymous.kubeconfig")
    anonymous.write_text(yaml.safe_dump(server))
    command = [*site.stack.locusctl_command(), "doctor", "cluster", "-n", space, "--kubeconfig", str(anonymous)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 4, done.stdout
    assert "UNKNOWN  API server" in done.stdout
    assert "could not be read" in done.stdout
    assert "OK       workers" not in done.stdout
    assert "OK       metadata" in done.stdout
