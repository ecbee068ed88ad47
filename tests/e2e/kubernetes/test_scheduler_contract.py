"""What Locus relies on in kube-scheduler, shown on each version by an extender that answers what a test wants.

docs/kube-scheduler.md tells what follows from it; where versions differ, EXPECTED says how.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from locus_e2e import cluster, scheduler_config, session
from locus_e2e.control_plane import ControlPlane
from locus_e2e.kube_api import Object
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.ports import free_port
from locus_e2e.scripted_extender import Asked, ScriptedExtender, refusing
from locus_e2e.waiting import until

pytestmark = session.every_version

# With few nodes the scheduler's texts about them repeat by chance, and a loop that feeds on them ends by itself.
NODES = tuple(cluster.Node(f"node-{number}", f"127.0.1.{number}", 8000, 16384) for number in range(1, 13))
LITTLE, NEARLY_A_NODE = "100m", "7"
# Priority classes: both above the pods that run.
HIGH, POLITE = "high", "polite"
PREEMPTION = {HIGH: "PreemptLowerPriority", POLITE: "Never"}
_PODS = f"/api/v1/namespaces/{cluster.NAMESPACE}/pods"
_CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses"
GATE = "locus.dev/locality"
UNRESOLVABLE = "FailedAndUnresolvableNodes"

SOON_SECONDS = 1.0
# Above the second that 1.30 holds back a pod that was refused once, and the second between two looks of its; and
# above the two seconds after the second time.
QUIET_SECONDS = 3.0
# Nothing that ends by itself asks so often.
LOOP = 20


@dataclass(frozen=True)
class Expected:
    """What is this version's own."""

    # Filter calls about a pod that is refused everywhere, until something happens.
    calls: int
    # For how long a pod that has been refused once is not asked about, whatever happens; 0: an idle scheduler asks.
    held_back: float
    # Whether another pod that gets a node makes the scheduler ask again about those that were refused.
    bound_wakes: bool
    # Whether refusals with another text each time go round for ever.
    changing_text_loops: bool
    # Whether FailedNodes go round for ever where lower-priority pods run.
    failed_nodes_loop: bool


EXPECTED = {
    "1.36": Expected(calls=2, held_back=0, bound_wakes=True, changing_text_loops=True, failed_nodes_loop=True),
    "1.33": Expected(calls=2, held_back=0, bound_wakes=True, changing_text_loops=True, failed_nodes_loop=True),
    # The back-off of a second, and one more until the scheduler looks at who has waited long enough.
    "1.30": Expected(calls=1, held_back=2, bound_wakes=False, changing_text_loops=False, failed_nodes_loop=False),
}

Record = Callable[[str, object], None]


class Contract:
    """One scheduler that asks a scripted extender, on nodes that are empty when a test begins."""

    def __init__(self, control: ControlPlane, expected: Expected) -> None:
        self.api = control.api
        self.expected = expected
        self.extender = ScriptedExtender()
        for node in NODES:
            cluster.add_node(self.api, node)
        for name, policy in PREEMPTION.items():
            self.api.post(_CLASSES, {"metadata": {"name": name}, "value": 1000, "preemptionPolicy": policy})
        self.board = cluster.PodBoard(self.api)
        self._scheduler = control.add_scheduler(
            "contract", scheduler_config.with_locus(self.extender.url, LOCUS_SCHEDULER, with_filter=True)
        )
        self.place("probe")
        self.board.remove_all()

    def create(self, name: str, cpu: str = LITTLE, annotations: dict[str, str] | None = None, **spec: object) -> None:
        """Creates a pod for this scheduler; `spec` is added to its own."""
        container = {"name": "main", "image": "never-pulled", "resources": {"requests": {"cpu": cpu}}}
        fixed = {"schedulerName": LOCUS_SCHEDULER, "terminationGracePeriodSeconds": 0, "containers": [container]}
        self.board.create({"metadata": {"name": name, "annotations": annotations or {}}, "spec": {**fixed, **spec}})

    def place(self, name: str, **spec: Any) -> str:
        """Creates a pod and returns the node that it got."""
        self.create(name, **spec)
        return self.board.wait_bound([name], 30)[0].node

    def patch(self, name: str, body: Object) -> Object:
        """Strategic merge patch of a pod."""
        return self.api.patch(f"{_PODS}/{name}", body)

    def delete(self, name: str) -> None:
        """Deletes a pod at once."""
        self.api.delete(f"{_PODS}/{name}", {"gracePeriodSeconds": 0})

    def annotate(self, name: str, value: str) -> Object:
        """Sets the annotation by which Locus wakes a pod."""
        return self.patch(name, {"metadata": {"annotations": {"locus.dev/wake": value}}})

    def calls(self, name: str) -> int:
        """Filter calls about a pod so far."""
        return len(self.extender.asked(name))

    def refuse(self, name: str, key: str = UNRESOLVABLE, **spec: Any) -> None:
        """Creates a pod that is refused everywhere, and waits until the scheduler has given it up."""
        self.extender.script(name, "filter", refusing(key))
        self.create(name, **spec)
        until(f"{self.expected.calls} calls", 5, lambda: self.calls(name) >= self.expected.calls)
        # The status is written after the call; until then the pod is not back in the queue.
        until("status", 5, lambda: _given_up(self.board.pod(name)))

    def asked_after(self, name: str, seconds: float, act: Callable[[], object]) -> float:
        """Seconds from `act` to the next filter call about a pod; WaitedTooLong after `seconds`."""
        before, began = self.calls(name), time.monotonic()
        act()
        until(f"call within {seconds} s", seconds, lambda: self.calls(name) > before, every=0.005)
        return self.extender.asked(name)[before].at - began

    def close(self) -> None:
        """Leaves the control plane as it was."""
        self._scheduler.stop()
        self.board.remove_all()
        self.board.close()
        for name in PREEMPTION:
            self.api.delete(f"{_CLASSES}/{name}")
        for node in NODES:
            cluster.remove_node(self.api, node)
        self.extender.close()


def _given_up(pod: Object) -> bool:
    conditions = pod.get("status", {}).get("conditions", [])
    return any((one["type"], one["status"]) == ("PodScheduled", "False") for one in conditions)


@pytest.fixture(scope="module")
def shared(control: ControlPlane, version: str) -> Iterator[Contract]:
    """One for all tests of a version."""
    with contextlib.closing(Contract(control, EXPECTED[version])) as contract:
        yield contract


@pytest.fixture
def contract(shared: Contract) -> Iterator[Contract]:
    """The pods of one test do not see the next."""
    yield shared
    shared.board.remove_all()
    shared.extender.forget()


def test_a_pod_refused_with_constant_text_is_left_alone_after_a_fixed_number_of_calls(
    contract: Contract, record_property: Record
) -> None:
    """Under either key: nobody else runs here, so there is nothing to evict."""
    for key in (UNRESOLVABLE, "FailedNodes"):
        contract.refuse(key.lower(), key)
    time.sleep(QUIET_SECONDS)
    calls = {key: contract.calls(key.lower()) for key in (UNRESOLVABLE, "FailedNodes")}
    record_property("filter calls", calls)
    assert calls == dict.fromkeys(calls, contract.expected.calls)


def test_a_text_that_changes_is_asked_about_without_end(contract: Contract, record_property: Record) -> None:
    """Why Locus' texts are constants: the text goes into the pod's status, and a changed
    status wakes the pod where the version takes notice."""

    def counting(asked: Asked, before: int) -> Object:
        return {"NodeNames": [], UNRESOLVABLE: dict.fromkeys(asked.nodes, f"{before} calls before")}

    contract.extender.script("counted", "filter", counting)
    contract.create("counted")
    if contract.expected.changing_text_loops:
        until("loop", 2 * QUIET_SECONDS, lambda: contract.calls("counted") >= LOOP)
    else:
        time.sleep(QUIET_SECONDS)
        record_property("filter calls", contract.calls("counted"))
        assert contract.calls("counted") == contract.expected.calls


def test_a_new_annotation_value_makes_the_scheduler_ask_again(contract: Contract, record_property: Record) -> None:
    """The wake-up of a pod that waits without a gate: within a second, once the pod is not held back any more."""
    contract.refuse("waiter")
    held_back = contract.expected.held_back
    first = contract.asked_after("waiter", SOON_SECONDS + held_back, lambda: contract.annotate("waiter", "1"))
    assert (first > SOON_SECONDS / 2) == bool(held_back)
    if held_back:
        time.sleep(QUIET_SECONDS)
    later = contract.asked_after("waiter", SOON_SECONDS, lambda: contract.annotate("waiter", "2"))
    record_property("seconds to the call", f"{first:.3f}, later {later:.3f}")


def test_the_value_that_is_there_already_does_not_make_it_ask(contract: Contract) -> None:
    """Nothing changes in the API server, so nobody hears of it."""
    contract.refuse("waiter", annotations={"locus.dev/wake": "1"})
    calls, before = contract.calls("waiter"), contract.board.pod("waiter")["metadata"]["resourceVersion"]
    assert contract.annotate("waiter", "1")["metadata"]["resourceVersion"] == before
    # A later pod has been through the queue. It is refused too: one that gets a node would wake the other.
    contract.refuse("later")
    assert contract.calls("waiter") == calls


def test_other_pods_wake_a_refused_pod(contract: Contract, record_property: Record) -> None:
    """One that is gone, always; so a crowd of refused pods costs calls whenever something ends somewhere."""
    contract.refuse("waiter")
    if contract.expected.bound_wakes:
        contract.asked_after("waiter", SOON_SECONDS, lambda: contract.place("other"))
    else:
        contract.place("other")
        time.sleep(QUIET_SECONDS)
        assert contract.calls("waiter") == contract.expected.calls
    took = contract.asked_after("waiter", SOON_SECONDS, lambda: contract.delete("other"))
    record_property("seconds to the call", f"{took:.3f}")


def test_a_gated_pod_is_never_asked_about(contract: Contract) -> None:
    """Not at its creation, not when it changes, not at what wakes every refused pod."""
    contract.create("gated", schedulingGates=[{"name": GATE}])
    contract.refuse("waiter")
    contract.annotate("gated", "1")
    contract.place("other")
    contract.asked_after("waiter", SOON_SECONDS + contract.expected.held_back, lambda: contract.delete("other"))
    contract.place("later")
    assert contract.calls("gated") == 0


def test_opening_the_gate_makes_the_scheduler_ask_within_a_second(contract: Contract, record_property: Record) -> None:
    """By the patch that the gatekeeper sends; the pod's only gate is taken out of the list."""
    contract.create("gated", schedulingGates=[{"name": GATE}])
    contract.place("other")

    def open_gate() -> None:
        contract.patch("gated", {"spec": {"schedulingGates": [{"$patch": "delete", "name": GATE}]}})

    took = contract.asked_after("gated", SOON_SECONDS, open_gate)
    record_property("seconds to the call", round(took, 3))
    contract.board.wait_bound(["gated"], SOON_SECONDS)
    assert contract.calls("gated") == 1


def test_prioritize_is_not_called_when_one_node_is_left(contract: Contract) -> None:
    """With two it is, and it names both."""
    for name, left in {"one": ["node-2"], "two": ["node-2", "node-3"]}.items():
        contract.extender.script(name, "filter", lambda asked, _before, left=left: {"NodeNames": left})
        assert contract.place(name) in left
    assert contract.extender.asked("one", "prioritize") == []
    (call,) = contract.extender.asked("two", "prioritize")
    assert sorted(call.nodes) == ["node-2", "node-3"]


def test_a_name_that_is_not_in_the_reply_counts_zero(contract: Contract) -> None:
    """Less than a listed 1 and more than a listed -1; a name that was not offered changes nothing."""
    replies = {
        "above": ([{"Host": "node-2", "Score": 1}], "node-2"),
        "below": ([{"Host": "node-2", "Score": -1}], "node-3"),
        "foreign": ([{"Host": "node-2", "Score": 1}, {"Host": "node-9", "Score": 10}], "node-2"),
    }
    for name, (reply, node) in replies.items():
        for turn in range(3):
            pod = f"{name}-{turn}"
            contract.extender.script(pod, "filter", lambda _asked, _before: {"NodeNames": ["node-2", "node-3"]})
            contract.extender.script(pod, "prioritize", lambda _asked, _before, reply=reply: reply)
            assert contract.place(pod) == node, pod


def _low_pods(contract: Contract, cpu: str) -> list[str]:
    """A pod of priority 0 on each node."""
    names = [f"low-{node.name}" for node in NODES]
    for name, node in zip(names, NODES, strict=True):
        contract.create(name, cpu, nodeName=node.name)
    # The scheduler has heard of them too.
    contract.board.wait_bound(names, 10)
    return names


def _left(contract: Contract, names: list[str]) -> int:
    pods = contract.api.get(_PODS)["items"]
    return sum(pod["metadata"]["name"] in names for pod in pods)


def test_unresolvable_refusals_evict_nobody_where_the_pod_would_fit(contract: Contract) -> None:
    """And leave it at the usual number of calls."""
    low = _low_pods(contract, LITTLE)
    contract.refuse("high", priorityClassName=HIGH)
    time.sleep(QUIET_SECONDS)
    assert _left(contract, low) == len(low)
    assert not contract.board.pod("high")["status"].get("nominatedNodeName")
    assert contract.calls("high") == contract.expected.calls


def test_failed_nodes_start_preemption_that_finds_nobody(contract: Contract, record_property: Record) -> None:
    """Why Locus does not use that key: the scheduler's text about it changes by itself."""
    low = _low_pods(contract, LITTLE)
    contract.refuse("high", "FailedNodes", priorityClassName=HIGH)
    if contract.expected.failed_nodes_loop:
        until("loop", 2 * QUIET_SECONDS, lambda: contract.calls("high") >= LOOP)
    else:
        time.sleep(QUIET_SECONDS)
        record_property("filter calls", contract.calls("high"))
        assert contract.calls("high") == contract.expected.calls
    assert _left(contract, low) == len(low)


def test_full_nodes_are_cleared_for_a_pod_of_higher_priority_that_the_extender_then_refuses(contract: Contract) -> None:
    """It is not asked about nodes without room, so it cannot keep anybody from being evicted there in vain."""
    low = _low_pods(contract, NEARLY_A_NODE)
    contract.extender.script("high", "filter", refusing(UNRESOLVABLE))
    contract.create("high", NEARLY_A_NODE, priorityClassName=HIGH)
    until("second eviction", 10, lambda: _left(contract, low) <= len(low) - 2)
    assert contract.board.bindings(["high"]) == []


def test_a_pod_that_may_not_preempt_evicts_nobody_on_full_nodes(contract: Contract) -> None:
    """What makes waiting by refusal harmless for a pod of higher priority."""
    low = _low_pods(contract, NEARLY_A_NODE)
    contract.extender.script("high", "filter", refusing(UNRESOLVABLE))
    contract.create("high", NEARLY_A_NODE, priorityClassName=POLITE)
    until("verdict on the pod", 5, lambda: contract.board.refused(["high"]))
    contract.place("later")
    assert _left(contract, low) == len(low)
    assert contract.calls("high") == 0


def test_an_ignorable_extender_that_is_down_does_not_hold_up_a_pod(
    contract: Contract, control: ControlPlane, tmp_path: Path, record_property: Record
) -> None:
    """A scheduler of its own asks where nobody listens."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    scheduler = control.add_scheduler("deserted", scheduler_config.with_locus(nowhere, "deserted", with_filter=True))
    try:
        contract.place("first", schedulerName="deserted")
        contract.create("second", schedulerName="deserted")
        (binding,) = contract.board.wait_bound(["second"], 30)
    finally:
        scheduler.stop()
    record_property("seconds to the binding", round(binding.waited, 3))
    assert binding.waited < SOON_SECONDS
