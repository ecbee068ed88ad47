"""Locus with data and a control plane that asks it, for one test."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import scenario
from locus_e2e.control_plane import ControlPlane
from locus_e2e.daemon import Settings
from locus_e2e.locus_stack import LocusStack
from locus_e2e.planes import KubePlane
from locus_e2e.processes import Processes
from locus_e2e.recording_proxy import RecordingProxy
from locus_e2e.settings import Programs


@dataclass(frozen=True)
class Site:
    """Everything is ready; no pod exists."""

    scene: scenario.Scenario
    stack: LocusStack
    plane: KubePlane
    # Between scheduler and extender; None: they speak to each other directly.
    proxy: RecordingProxy | None


@contextlib.contextmanager
def open_site(
    programs: Programs,
    control: ControlPlane,
    folder: Path,
    scene: scenario.Scenario,
    *,
    extender: Settings | None = None,
    meta: Settings | None = None,
    recorded: bool = False,
) -> Iterator[Site]:
    """Starts Locus in `folder`, fills it, and joins it to `control`, which is left as it was found.

    `extender`, `meta`: added to their configurations. `recorded`: with a recording proxy, and with the filter verb,
    so that there is something to record of it.
    """
    with contextlib.ExitStack() as ends:
        processes = ends.enter_context(Processes(folder))
        stack = LocusStack(programs, folder / "locus", processes, extender, meta)
        stack.start()
        stack.fill(scene.data, scene.seed)
        proxy = ends.enter_context(contextlib.closing(RecordingProxy(stack.extender.url()))) if recorded else None
        url = proxy.url if proxy else stack.extender.url()
        plane = ends.enter_context(contextlib.closing(KubePlane(control, scene.nodes, url, with_filter=recorded)))
        yield Site(scene, stack, plane, proxy)
