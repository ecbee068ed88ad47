"""Pods without a gate that wait because Locus' filter refuses the other nodes: the weaker form, on a short leash."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import cache_client, patience, session
from locus_e2e.control_plane import ControlPlane
from locus_e2e.dataset import CachedFile
from locus_e2e.locus_stack import NODES
from locus_e2e.patience import COLD, COPIED, EARLY_SECONDS, HOLDER, LATE, LATE_SECONDS, ONE, OTHERS, Patience
from locus_e2e.waiting import until

Record = Callable[[str, object], None]

MAX_REFUSED = 4
# In 1.30 a refused pod that is woken is held back for podMaxBackoffSeconds after its last attempt, and up to a second
# more until the scheduler looks (docs/kube-scheduler.md).
HELD_BACK = {"1.36": 0.0, "1.33": 0.0, "1.30": 2.0}
# Two at its creation, one for each pod that starts or ends beside it (a handful in each test), one for each wake.
# Nothing that goes round by itself asks so seldom in seconds.
MOST_CALLS = 20
QUIET_SECONDS = 2.0


@pytest.fixture(scope="module")
def shared(run_folder: Path, control: ControlPlane) -> Iterator[Patience]:
    """One for all tests of a version."""
    options = {
        "extender": {"gate": {"max_refused": MAX_REFUSED}},
        "scheduler": {"podMaxBackoffSeconds": 1},
        "recorded": True,
    }
    with (
        tempfile.TemporaryDirectory(dir=run_folder) as folder,
        patience.open_patience(control, Path(folder), **options) as opened,
    ):
        yield opened


@pytest.fixture
def scene(shared: Patience) -> Iterator[Patience]:
    """The pods of one test do not see the next."""
    yield shared
    shared.clear()
    # Of max_refused places none is taken by a pod that was deleted while it waited.
    until("end of all refusals", 5, lambda: shared.metric("refused") == 0)


def _create(scene: Patience, name: str, table: str, policy: str = "wait", **annotations: str) -> str:
    (pod,) = scene.create(patience.application(name, table, 1, policy, **annotations), gate=False)
    return pod


def _calls(scene: Patience, pod: str) -> int:
    assert scene.site.proxy is not None
    return len(scene.site.proxy.calls(pod, "filter"))


def _wait_refused(scene: Patience, pods: list[str]) -> None:
    until("refusal of all", 10, lambda: set(scene.board.refused(pods)) == set(pods))


def _cache(scene: Patience, table: str, node: str) -> None:
    """What a job beside this one would do: nothing of it goes through the API server."""
    plan = [CachedFile(node, path, "MEM") for path in scene.site.scene.data.sizes if path.startswith(table)]
    cache_client.load({node: scene.stack.workers[node].target()}, plan)


@session.every_version
def test_a_pod_without_a_gate_waits_for_its_holder_within_its_bound(
    scene: Patience, version: str, record_property: Record
) -> None:
    """One is done with waiting after three seconds and runs elsewhere, the other gets the room that is freed; the
    scheduler is not kept busy by either."""
    seconds, late = 3, LATE_SECONDS + HELD_BACK[version]
    blockers = scene.block(HOLDER)
    woken = scene.metric('gate_woken_total{reason="deadline"}')
    short = _create(scene, "short", ONE, max_wait=f"{seconds}s")
    patient = _create(scene, "patient", ONE, max_wait="2m")
    _wait_refused(scene, [short, patient])
    assert scene.metric("refused") == 2
    assert until("event", 3, lambda: scene.waiting_note(patient))
    assert scene.site.proxy is not None
    (first, *_) = scene.site.proxy.calls(patient, "filter")
    texts = first.answer["FailedAndUnresolvableNodes"]
    # The holder is full: the scheduler does not offer it.
    assert sorted(texts) == sorted(OTHERS)
    assert len(set(texts.values())) == 1
    assert not first.answer["NodeNames"] and not first.answer.get("FailedNodes")

    (binding,) = scene.board.wait_bound([short], seconds + 10)
    record_property("bound after [s]", round(binding.waited, 2))
    assert binding.node in OTHERS
    assert seconds - EARLY_SECONDS <= binding.waited <= seconds + late
    assert scene.counted('gate_woken_total{reason="deadline"}', woken + 1)
    assert scene.board.bindings([patient]) == []

    freed = time.monotonic()
    scene.board.delete(blockers[0])
    (binding,) = scene.board.wait_bound([patient], 10)
    calls = {pod: _calls(scene, pod) for pod in (short, patient)}
    record_property("from free to bound [s]", round(binding.bound - freed, 2))
    record_property("filter calls", calls)
    assert binding.node == HOLDER
    assert binding.bound - freed <= late
    assert max(calls.values()) <= MOST_CALLS


@session.newest_version
def test_a_refused_pod_is_left_alone_until_data_appears_where_there_is_room(
    scene: Patience, record_property: Record
) -> None:
    """Another worker caches its input: nothing happens in the API server, so Locus wakes the pod."""
    scene.block(HOLDER)
    woken = scene.metric('gate_woken_total{reason="room"}')
    pod = _create(scene, "follower", COPIED, max_wait="2m")
    _wait_refused(scene, [pod])
    time.sleep(QUIET_SECONDS)
    calls = _calls(scene, pod)
    time.sleep(QUIET_SECONDS)
    assert _calls(scene, pod) == calls
    assert scene.board.bindings([pod]) == []

    began = time.monotonic()
    _cache(scene, COPIED, OTHERS[0])
    (binding,) = scene.board.wait_bound([pod], 10)
    record_property("from load to bound [s]", round(binding.bound - began, 2))
    record_property("filter calls", _calls(scene, pod))
    assert binding.node == OTHERS[0]
    assert binding.bound - began <= LATE_SECONDS + 1
    assert scene.counted('gate_woken_total{reason="room"}', woken + 1)
    assert _calls(scene, pod) <= calls + 2


@session.newest_version
def test_beyond_the_cap_pods_pass_with_scores(scene: Patience, record_property: Record) -> None:
    """They are counted, and run at once where there is room; those that wait already wait on."""
    scene.block(HOLDER)
    too_many = scene.metric('refusals_total{answer="too_many"}')
    waiting = [_create(scene, f"early-{number}", ONE, max_wait="2m") for number in range(MAX_REFUSED)]
    _wait_refused(scene, waiting)
    late = [_create(scene, f"late-{number}", ONE, max_wait="2m") for number in range(3)]
    bindings = scene.board.wait_bound(late, 10)
    record_property("slowest [s]", round(max(binding.waited for binding in bindings), 2))
    assert max(binding.waited for binding in bindings) <= LATE_SECONDS
    assert scene.metric('refusals_total{answer="too_many"}') == too_many + len(late)
    assert scene.metric("refused") == MAX_REFUSED
    assert scene.board.bindings(waiting) == []


@session.newest_version
def test_require_takes_holders_alone_and_waits_for_them_without_a_bound(
    scene: Patience, record_property: Record
) -> None:
    """Nodes with room but without data are no way out; max-wait is for policy wait."""
    first = _create(scene, "first", ONE, "require")
    (binding,) = scene.board.wait_bound([first], 10)
    assert binding.node == HOLDER
    blockers = scene.block(HOLDER, 4)
    pod = _create(scene, "second", ONE, "require", max_wait="1s")
    _wait_refused(scene, [pod])
    assert until("event", 3, lambda: scene.waiting_note(pod))
    time.sleep(QUIET_SECONDS)
    assert scene.board.bindings([pod]) == []
    freed = time.monotonic()
    scene.board.delete(blockers[0])
    (binding,) = scene.board.wait_bound([pod], 10)
    record_property("from free to bound [s]", round(binding.bound - freed, 2))
    assert binding.node == HOLDER


@session.newest_version
def test_require_of_what_is_cached_nowhere_passes_and_says_so_or_pends_where_told(
    scene: Patience, record_property: Record
) -> None:
    """It must not hang on a cache that is cold, unless its user wants just that; then it runs where data comes up."""
    passing = _create(scene, "passing", COLD, "require")
    pending = _create(scene, "pending", LATE, "require", when_uncached="pend")
    (binding,) = scene.board.wait_bound([passing], 10)
    assert binding.waited <= LATE_SECONDS
    assert until("event", 3, lambda: scene.reasons(passing).get("LocalityUncached"))
    _wait_refused(scene, [pending])
    time.sleep(QUIET_SECONDS)
    assert scene.board.bindings([pending]) == []

    began = time.monotonic()
    node = list(NODES)[-1]
    _cache(scene, LATE, node)
    (binding,) = scene.board.wait_bound([pending], 20)
    record_property("from load to bound [s]", round(binding.bound - began, 2))
    assert binding.node == node
    assert _calls(scene, pending) <= MOST_CALLS


@session.every_version
def test_a_pod_that_could_evict_others_is_not_refused_and_evicts_nobody(scene: Patience, control: ControlPlane) -> None:
    """Refusing it would have the scheduler clear full nodes in vain; so it runs at once where there is room."""
    blockers = scene.block(HOLDER)
    series = 'decisions_total{outcome="passed",reason="may_evict"}'
    before = scene.metric(series)
    with patience.priority_class(control, "urgent", 1000) as urgent:
        app = patience.application("urgent", ONE, 1, max_wait="2m")
        pods = scene.create(app, gate=False, priorityClassName=urgent)
        (binding,) = scene.board.wait_bound(pods, 10)
    assert binding.node in OTHERS
    assert binding.waited <= LATE_SECONDS
    assert {scene.board.pod(name)["spec"]["nodeName"] for name in blockers} == {HOLDER}
    assert scene.metric(series) > before
