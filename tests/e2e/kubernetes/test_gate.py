"""Pods that wait at Locus' gate: planned together, never longer than they asked for, at no cost to the scheduler."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import patience, scheduler_config, session, spark
from locus_e2e.control_plane import ControlPlane
from locus_e2e.locality import local_bytes
from locus_e2e.locus_stack import NODES
from locus_e2e.patience import COLD, EARLY_SECONDS, HOLDER, LATE_SECONDS, ONE, OTHERS, SPREAD, Patience
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.scenario import ROOM_PER_NODE
from locus_e2e.waiting import until

Record = Callable[[str, object], None]

# Of what the best placement would read locally.
COVERED = 0.98
CROWD, HURRIED = 480, 20


@pytest.fixture(scope="module")
def shared(run_folder: Path, control: ControlPlane) -> Iterator[Patience]:
    """One for all tests of a version. The scheduler asks the filter too, through a proxy that counts."""
    with (
        tempfile.TemporaryDirectory(dir=run_folder) as folder,
        patience.open_patience(control, Path(folder), recorded=True) as opened,
    ):
        yield opened


@pytest.fixture
def scene(shared: Patience) -> Iterator[Patience]:
    """The pods of one test do not see the next."""
    yield shared
    shared.clear()


@session.every_version
def test_executors_at_the_gate_are_placed_together_as_well_as_can_be(
    scene: Patience, record_property: Record
) -> None:
    """As well as the best of all ways to place six on three nodes, and each where it was planned."""
    opened = scene.metric('gate_opened_total{reason="planned"}')
    names = scene.create(patience.application("joint", SPREAD, 6, max_wait="60s"))
    bindings = scene.board.wait_bound(names, 20)
    coverage = scene.stack.coverage([f"alluxio://{SPREAD}"])
    best = patience.most_local_bytes(coverage, dict.fromkeys(NODES, ROOM_PER_NODE), len(names))
    covered = sum(local_bytes(bindings, coverage).values())
    record_property("of the best", f"{covered / best:.1%}")
    record_property("slowest [s]", round(max(binding.waited for binding in bindings), 2))
    assert covered >= COVERED * best
    assert scene.planned(names) == {binding.pod: binding.node for binding in bindings}
    assert scene.counted('gate_opened_total{reason="planned"}', opened + len(names))
    assert scene.metric('gate_waited_seconds_count') >= len(names)


@session.every_version
def test_a_holder_without_room_is_waited_for_no_longer_than_max_wait(scene: Patience, record_property: Record) -> None:
    """Then the pod runs elsewhere. Told in an event and in metrics meanwhile; who may wait longer waits on."""
    scene.block(HOLDER)
    opened = scene.metric('gate_opened_total{reason="deadline"}')
    seconds = 3
    short = scene.create(patience.application("short", ONE, 2, max_wait=f"{seconds}s"))
    (patient,) = scene.create(patience.application("patient", ONE, 1, max_wait="1m"))
    until("gauge of gated pods", 2, lambda: scene.metric("gate_gated") == 3)
    for name, bound in {short[0]: "3s", short[1]: "3s", patient: "1m"}.items():
        note = until(f"event on {name}", 3, lambda name=name: scene.waiting_note(name))
        assert note.startswith("waiting") and note.endswith(f"for at most {bound}"), note
    assert scene.metric("gate_leader") == 1
    assert scene.board.opened([*short, patient]) == {}

    bindings = scene.board.wait_bound(short, seconds + 10)
    record_property("bound after [s]", [round(binding.waited, 2) for binding in bindings])
    for binding in bindings:
        assert binding.node in OTHERS
        assert seconds - EARLY_SECONDS <= binding.waited <= seconds + LATE_SECONDS
    assert scene.counted('gate_opened_total{reason="deadline"}', opened + 2)
    assert scene.board.opened([patient]) == {}


@session.every_version
def test_room_on_the_holder_is_used_as_soon_as_it_is_there(scene: Patience, record_property: Record) -> None:
    """Long before the end of the wait."""
    blockers = scene.block(HOLDER)
    (name,) = scene.create(patience.application("early", ONE, 1, max_wait="2m"))
    until("event on the pod", 3, lambda: scene.waiting_note(name))
    freed = time.monotonic()
    scene.board.delete(blockers[0])
    (binding,) = scene.board.wait_bound([name], 10)
    record_property("from free to bound [s]", round(binding.bound - freed, 2))
    assert binding.node == HOLDER
    assert binding.bound - freed <= LATE_SECONDS


@session.newest_version
def test_the_planned_node_is_taken_where_it_has_room_and_binds_nobody(scene: Patience, control: ControlPlane) -> None:
    """Of two pods whose gates open for the holder, before a scheduler of their own looks at them, one finds its place
    taken: it runs elsewhere, at once."""
    scene.block(HOLDER, ROOM_PER_NODE - 2)
    names = scene.create(patience.application("overtaken", ONE, 2, max_wait="2m", share="4MiB"), scheduler="late")
    scene.board.wait_opened(names, 5)
    assert scene.planned(names) == dict.fromkeys(names, HOLDER)
    scene.block(HOLDER, 1)
    # Where the annotation says, and not where its bytes are.
    app = patience.application("told", ONE, 2, policy="prefer", planned_node=OTHERS[1])
    names += scene.create(app, gate=False, scheduler="late")
    scheduler = control.add_scheduler("late", scheduler_config.with_locus(scene.site.proxy.url, "late", True))
    try:
        bindings = {binding.pod: binding.node for binding in scene.board.wait_bound(names, 10)}
    finally:
        scheduler.stop()
    assert sorted(bindings[name] == HOLDER for name in names[:2]) == [False, True]
    assert [bindings[name] for name in names[2:]] == [OTHERS[1]] * 2


@session.newest_version
def test_what_nobody_can_cache_in_time_does_not_wait(scene: Patience, record_property: Record) -> None:
    """Nothing cached anywhere, no such input, no input at all: the gate opens at once, or when nobody knows."""
    apps = {
        "nothing_to_wait_for": patience.application("cold", COLD, 1, max_wait="1m"),
        "prefer": patience.application("hasty", ONE, 1, policy="prefer"),
    }
    scene.block(HOLDER)
    before = {reason: scene.metric(f'gate_opened_total{{reason="{reason}"}}') for reason in apps}
    names = [name for app in apps.values() for name in scene.create(app)]
    plain = spark.executor(spark.application("plain", (), 1, 1), 1, LOCUS_SCHEDULER)
    names.append(scene.board.create(patience.gated(plain)))
    opened = scene.board.wait_opened(names, 10)
    record_property("opened after [s]", {name: round(after, 2) for name, after in opened.items()})
    assert max(opened.values()) <= LATE_SECONDS
    scene.board.wait_bound(names, 10)
    # The pod without inputs has nothing to wait for either.
    for reason, more in {"nothing_to_wait_for": 2, "prefer": 1}.items():
        assert scene.counted(f'gate_opened_total{{reason="{reason}"}}', before[reason] + more)


@session.newest_version
def test_hundreds_of_waiting_pods_cost_the_scheduler_nothing(scene: Patience, record_property: Record) -> None:
    """No filter call about any of them, though pods come and go beside them; those whose time is up run elsewhere in
    time, the others wait on."""
    scene.block(HOLDER)
    proxy, seconds = scene.site.proxy, 6
    assert proxy is not None

    def gather(name: str, count: int, max_wait: str) -> list[str]:
        # Each of an application of its own: together they would leave nothing of the table to wait for.
        apps = [patience.application(f"{name}-{number}", ONE, 1, max_wait=max_wait) for number in range(count)]
        pods = [patience.gated(patience.small(spark.executor(app, 1, LOCUS_SCHEDULER))) for app in apps]
        return [scene.board.create(pod) for pod in pods]

    names = gather("crowd", CROWD, "5m")
    until("all pods at the gate", 20, lambda: scene.metric("gate_gated") == CROWD)
    short = gather("hurried", HURRIED, f"{seconds}s")
    calls = proxy.count("filter")
    plain = spark.application("passer-by", (), 3, 1)
    for number in range(1, plain.executors + 1):
        (passer,) = scene.plane.place([spark.executor(plain, number, LOCUS_SCHEDULER)])
        scene.board.delete(passer.pod)
    assert scene.board.opened([*names, *short]) == {}
    assert proxy.count("filter") - calls == plain.executors

    bindings = scene.board.wait_bound(short, seconds + 20)
    waits = [binding.waited for binding in bindings]
    record_property("bound after [s]", f"{min(waits):.2f} to {max(waits):.2f} of {seconds}")
    assert seconds - EARLY_SECONDS <= min(waits) <= max(waits) <= seconds + LATE_SECONDS
    assert proxy.count("filter") - calls == plain.executors + len(short)
    assert scene.board.opened(names) == {}
