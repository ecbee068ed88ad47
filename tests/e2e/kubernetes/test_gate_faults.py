"""Extenders, their leader, the API server or the metadata go away while pods wait at the gate: no wait grows by more
than the outage, and none is lost."""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from locus_e2e import patience, scheduler_config
from locus_e2e.control_plane import ControlPlane
from locus_e2e.patience import EARLY_SECONDS, HOLDER, LATE_SECONDS, ONE, OTHERS, Patience
from locus_e2e.planes import LOCUS_SCHEDULER
from locus_e2e.waiting import until

Record = Callable[[str, object], None]

LEASE_SECONDS, MAX_AGE_SECONDS, UNKNOWN_WAIT_SECONDS = 2, 3, 2
# The promise is about an outage of so long.
API_OUTAGE_SECONDS = 30
AFTERWARDS = "afterwards"
# The Lease is taken, and a pod patched, at the first try that finds a server; tries are half a second apart.
BACK_SECONDS = 0.5 + LATE_SECONDS


@pytest.fixture(scope="module")
def shared(run_folder: Path, control: ControlPlane) -> Iterator[Patience]:
    """One for all tests."""
    extender = {
        "gate": {"lease_duration": f"{LEASE_SECONDS}s", "unknown_wait": f"{UNKNOWN_WAIT_SECONDS}s"},
        "metadata": {"max_age": f"{MAX_AGE_SECONDS}s"},
    }
    with (
        tempfile.TemporaryDirectory(dir=run_folder) as folder,
        patience.open_patience(control, Path(folder), extender=extender) as opened,
    ):
        yield opened


@pytest.fixture
def scene(shared: Patience) -> Iterator[Patience]:
    """The pods of one test do not see the next."""
    shared.wait_leader(shared.stack.extender)
    until("news of who holds what", 20, lambda: _knows_holder(shared))
    yield shared
    shared.clear()


def _knows_holder(scene: Patience) -> bool:
    return HOLDER.encode() in scene.stack.extender.get(f"/v1/locality?input=alluxio://{ONE}").data


def _create(scene: Patience, scheduler: str = LOCUS_SCHEDULER, **max_waits: int) -> dict[str, int]:
    """A pod of each name at the gate; all are known to wait. Pod -> its bound in seconds."""
    bounds = {}
    for name, seconds in max_waits.items():
        (pod,) = scene.create(patience.application(name, ONE, 1, max_wait=f"{seconds}s"), scheduler=scheduler)
        bounds[pod] = seconds
    for pod in bounds:
        assert until(f"event on {pod}", 5, lambda pod=pod: scene.waiting_note(pod))
    return bounds


def _check(scene: Patience, bounds: dict[str, int], back: float, late: float) -> dict[str, float]:
    """All are opened within their bounds, or `late` seconds after `back`, which like their waits counts from their
    creation. Pod -> seconds."""
    opened = scene.board.wait_opened(bounds, max(bounds.values()) + 20)
    for pod, seconds in bounds.items():
        assert seconds - EARLY_SECONDS <= opened[pod], pod
        assert opened[pod] <= max(seconds + LATE_SECONDS, back + late), pod
    return {pod: round(after, 2) for pod, after in opened.items()}


def test_an_extender_that_is_killed_and_started_again_prolongs_no_wait(
    scene: Patience, record_property: Record
) -> None:
    """Bounds come from the pods themselves: a wait that ends later ends in time, one whose bound passed meanwhile ends
    as soon as there is a leader again, which is when the dead one's Lease has run out."""
    scene.block(HOLDER)
    began = time.monotonic()
    bounds = _create(scene, meanwhile=2, later=7)
    scene.stack.extender.kill()
    scene.stack.extender.start()
    scene.wait_leader(scene.stack.extender)
    back = time.monotonic() - began
    opened = _check(scene, bounds, back, LATE_SECONDS)
    record_property("leads again after [s]", round(back, 2))
    record_property("opened after [s]", opened)
    assert {binding.node for binding in scene.board.wait_bound(bounds, 10)} <= set(OTHERS)


def test_another_extender_takes_over_from_a_leader_that_dies_or_ends(
    scene: Patience, record_property: Record
) -> None:
    """After the Lease's duration where it died; at once where it gave the Lease back."""
    scene.block(HOLDER)
    first = scene.stack.extender
    second = scene.stack.add_extender("locus-extender-2")
    scene.stack.wait_extender(second)
    assert [scene.metric("gate_leader", one) for one in (first, second)] == [1, 0]

    began = time.monotonic()
    bounds = _create(scene, orphan=2, waif=6)
    killed = time.monotonic() - began
    first.kill()
    opened = _check(scene, bounds, killed + LEASE_SECONDS, BACK_SECONDS)
    record_property("killed, opened after [s]", (round(killed, 2), opened))
    assert scene.counted('gate_opened_total{reason="deadline"}', len(bounds), second)

    first.start()
    scene.stack.wait_extender(first)
    assert [scene.metric("gate_leader", one) for one in (first, second)] == [0, 1]
    bounds = _create(scene, handed=2)
    ended = time.monotonic()
    assert second.stop() == 0
    scene.wait_leader(first)
    took = time.monotonic() - ended
    opened = _check(scene, bounds, 0, 0)
    record_property("ended, led again after [s]", round(took, 2))
    record_property("opened after [s]", opened)
    # Well before a Lease that is not given back would have run out.
    assert took < LEASE_SECONDS


def test_pods_are_let_go_when_the_metadata_is_lost(scene: Patience, record_property: Record) -> None:
    """One that waits already once the last news is too old, and a new one when it has waited for news in vain; each
    with an event that says why it runs anywhere."""
    scene.block(HOLDER)
    unknown = scene.metric('gate_opened_total{reason="unknown"}')
    (old,) = _create(scene, old=300)
    lost = time.monotonic()
    scene.stack.meta.kill()
    try:
        scene.board.wait_opened([old], 20)
        record_property("from loss to open [s]", round(time.monotonic() - lost, 2))
        assert time.monotonic() - lost <= MAX_AGE_SECONDS + UNKNOWN_WAIT_SECONDS + LATE_SECONDS
        (new,) = scene.create(patience.application("new", ONE, 1, max_wait="5m"))
        opened = scene.board.wait_opened([new], 20)[new]
        record_property("new one opened after [s]", round(opened, 2))
        assert UNKNOWN_WAIT_SECONDS - EARLY_SECONDS <= opened <= UNKNOWN_WAIT_SECONDS + LATE_SECONDS
        scene.board.wait_bound([old, new], 10)
        for pod in (old, new):
            assert until(f"event on {pod}", 5, lambda pod=pod: scene.reasons(pod).get("LocalityDegraded"))
        assert scene.counted('gate_opened_total{reason="unknown"}', unknown + 2)
    finally:
        scene.stack.meta.start()


def test_waits_survive_the_loss_of_the_api_server(
    scene: Patience, control: ControlPlane, record_property: Record
) -> None:
    """Those whose bound passed meanwhile are opened as soon as it is back; who may wait longer waits on, and gets the
    room that is freed. Their scheduler is one that starts afterwards: those that run already take up to half a minute
    more to look for the API server again, whoever's pods these are."""
    blocker = scene.block(HOLDER)[0]
    began = time.monotonic()
    bounds = _create(scene, AFTERWARDS, brief=3, longer=15)
    (patient,) = _create(scene, patient=600)
    control.kill_server()
    try:
        time.sleep(API_OUTAGE_SECONDS)
    finally:
        control.start_server()
    back = time.monotonic() - began
    opened = _check(scene, bounds, back, BACK_SECONDS)
    record_property("back, opened after [s]", (round(back, 2), opened))
    assert scene.board.opened([patient]) == {}
    url = scene.stack.extender.url()
    scheduler = control.add_scheduler(AFTERWARDS, scheduler_config.with_locus(url, AFTERWARDS))
    try:
        bindings = scene.board.wait_bound(bounds, 30)
    finally:
        scheduler.stop()
    assert {binding.node for binding in bindings} <= set(OTHERS)

    scene.board.delete(blocker)
    freed = time.monotonic()
    scene.board.wait_opened([patient], 10)
    record_property("from free to open [s]", round(time.monotonic() - freed, 2))
    assert scene.planned([patient]) == {patient: HOLDER}
