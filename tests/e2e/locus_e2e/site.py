"""Locus with data and a control plane that asks it, for one test."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from locus_e2e import extender as extenders
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
    scheduler: Settings | None = None,
    recorded: bool = False,
    with_filter: bool = False,
    follows_cluster: bool = True,
    bytes_alone: bool = True,
    metas: int = 1,
    worker: Settings | None = None,
) -> Iterator[Site]:
    """Starts Locus in `folder`, fills it, and joins it to `control`, which is left as it was found.

    `extender`, `meta`, `worker`, `scheduler`: added to their configurations. `recorded`: with a recording proxy, and
    with the filter verb, so that there is something to record of it. `with_filter`: with the filter verb, which the
    shipped configuration has not. `bytes_alone`: nothing but bytes makes one node better than another.
    `follows_cluster`: the extender is given the API server; without, it knows of no pod but the one in question.
    `metas`: as many locus-metas.
    """
    with contextlib.ExitStack() as ends:
        processes = ends.enter_context(Processes(folder))
        kubeconfig = control.kubeconfig if follows_cluster else None
        settings = {**(extenders.BYTES_ALONE if bytes_alone else {}), **(extender or {})}
        stack = LocusStack(programs, folder / "locus", processes, settings, meta, kubeconfig, metas, worker)
        stack.start()
        stack.fill(scene.data, scene.seed)
        proxy = ends.enter_context(contextlib.closing(RecordingProxy(stack.extender.url()))) if recorded else None
        url = proxy.url if proxy else stack.extender.url()
        plane = ends.enter_context(
            contextlib.closing(
                KubePlane(control, scene.nodes, url, with_filter=with_filter or recorded, scheduler=scheduler)
            )
        )
        if follows_cluster:
            extenders.wait_nodes(stack.extender, len(scene.nodes))
        yield Site(scene, stack, plane, proxy)
