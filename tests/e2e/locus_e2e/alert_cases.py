"""For each alert of manifests/observability/rules.yaml: series under which it fires, with what it then says, and series
under which it does not. Values as promtool writes them (`0x10`: eleven times 0; `0+2x10`: two more each time), one a
minute."""

from dataclasses import dataclass, field

Series = dict[str, str]


@dataclass(frozen=True)
class Firing:
    """`at`: when it fires, as in `10m`. `labels`: besides alertname and severity. `summary`: what a person reads."""

    series: Series
    at: str
    summary: str
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Quiet:
    """`at`: when it must not fire."""

    series: Series
    at: str


@dataclass(frozen=True)
class Case:
    """Of one alert."""

    fires: Firing
    quiet: tuple[Quiet, ...]


EXTENDER, META, WORKER = (
    {"instance": instance, "job": "locus"} for instance in ("extender:8901", "meta:8911", "worker:8921")
)
E, M, W = (f'instance="{labels["instance"]}",job="locus"' for labels in (EXTENDER, META, WORKER))


def _info(component: str, version: str, where: str) -> str:
    return f'locus_build_info{{component="{component}",version="{version}",{where}}}'


def _state(series: str, bad: str, good: str, at: str, soon: str, summary: str, labels: dict[str, str]) -> Case:
    """An alert on a value that stands: quiet with a good value, and before its time is over."""
    fires = Firing({series: f"{bad}x60"}, at, summary, labels)
    return Case(fires, (Quiet({series: f"{good}x60"}, at), Quiet({series: f"{bad}x60"}, soon)))


def _growth(series: str, at: str, summary: str, labels: dict[str, str]) -> Case:
    """An alert on a counter that grows by one a minute: quiet while it stands, however high."""
    return Case(Firing({series: "0+1x90"}, at, summary, labels), (Quiet({series: "500x90"}, at),))


_DECIDED, _DEGRADED = f"locus_extender_decisions_total{{outcome=\"scored\",{E}}}", (
    f"locus_extender_degraded_total{{reason=\"metadata_away\",{E}}}"
)
_CALLS = f"locus_extender_call_duration_seconds_bucket{{verb=\"filter\",{E},le="
_DEADLINE, _PLANNED = (
    f'locus_extender_gate_opened_total{{reason="{reason}",{E}}}' for reason in ("deadline", "planned")
)
_LOCAL, _SHARE = (
    f"locus_extender_{name}_bytes_total{{{E}}}" for name in ("predicted_local", "placed_share")
)

_CERTIFICATE = f'locus_tls_certificate_expiry_timestamp_seconds{{use="listen",{M}}}'
_BROKEN = f'locus_tls_files_broken{{use="listen",{M}}}'

CASES: dict[str, Case] = {
    # The clock of promtool begins at 0: it ends after 2 days, and after 30.
    "LocusCertificateEnds": _state(
        _CERTIFICATE,
        "172800+0",
        "2592000+0",
        "30m",
        "10m",
        "The certificate of meta:8911 (listen) ends in 1d 23h 30m 0s.",
        {**META, "use": "listen"},
    ),
    "LocusSecurityFilesBroken": _state(
        _BROKEN, "1", "0", "10m", "3m", "New certificate files of meta:8911 (listen) are of no use.",
        {**META, "use": "listen"},
    ),  # fmt: skip
    "LocusExtenderAbsent": Case(
        Firing(
            {_info("locus-meta", "1", M): "1x20"},
            "10m",
            "No locus-extender is scraped.",
            {"component": "locus-extender"},
        ),
        (Quiet({_info("locus-extender", "1", E): "1x20"}, "10m"), Quiet({}, "4m")),
    ),
    "LocusMetaAbsent": Case(
        Firing(
            {_info("locus-extender", "1", E): "1x20"}, "10m", "No locus-meta is scraped.", {"component": "locus-meta"}
        ),
        (Quiet({_info("locus-meta", "1", M): "1x20"}, "10m"), Quiet({}, "4m")),
    ),
    "LocusRestarts": Case(
        Firing(
            {_info("locus-meta", "1", M): "1x30", f"process_start_time_seconds{{{M}}}": "100+60x30"},
            "20m",
            "meta:8911 has started 15 times more within 15 minutes.",
            META,
        ),
        (
            Quiet({_info("locus-meta", "1", M): "1x30", f"process_start_time_seconds{{{M}}}": "100x10 200x20"}, "20m"),
            # Somebody else's process.
            Quiet({f"process_start_time_seconds{{{M}}}": "100+60x30"}, "20m"),
        ),
    ),
    "LocusFewFilesLeft": Case(
        Firing(
            {
                _info("locus-meta", "1", M): "1x30",
                f"process_open_fds{{{M}}}": "950x30",
                f"process_max_fds{{{M}}}": "1000x30",
            },
            "10m",
            "meta:8911 has 95% of its files and sockets open.",
            META,
        ),
        (
            Quiet(
                {
                    _info("locus-meta", "1", M): "1x30",
                    f"process_open_fds{{{M}}}": "500x30",
                    f"process_max_fds{{{M}}}": "1000x30",
                },
                "10m",
            ),
            Quiet({f"process_open_fds{{{M}}}": "950x30", f"process_max_fds{{{M}}}": "1000x30"}, "10m"),
        ),
    ),
    "LocusClocksDiffer": Case(
        Firing(
            {f'locus_clock_offset_seconds{{of="api_server",{E}}}': "-300x30"},
            "15m",
            "extender:8901 sees a clock that differs from its own.",
            {**EXTENDER, "of": "api_server"},
        ),
        (
            Quiet({f'locus_clock_offset_seconds{{of="api_server",{E}}}': "2x30"}, "15m"),
            Quiet({f"locus_meta_worker_clocks_off{{{M}}}": "0x30"}, "15m"),
            Quiet({f"locus_meta_worker_clocks_off{{{M}}}": "1x30"}, "5m"),
        ),
    ),
    "LocusMixedVersions": Case(
        Firing(
            {_info("locus-meta", "1", M): "1x400", _info("locus-extender", "2", E): "1x400"},
            "370m",
            "2 versions of Locus run beside each other for 6 hours.",
        ),
        (
            Quiet({_info("locus-meta", "1", M): "1x400", _info("locus-extender", "1", E): "1x400"}, "370m"),
            # An upgrade that is under way.
            Quiet({_info("locus-meta", "1", M): "1x400", _info("locus-extender", "2", E): "1x400"}, "60m"),
        ),
    ),
    "LocusDegraded": Case(
        Firing({_DECIDED: "0+10x30", _DEGRADED: "0+5x30"}, "20m", "50% of decisions are made without locality."),
        (Quiet({_DECIDED: "0+10x30", _DEGRADED: "0+1x30"}, "20m"), Quiet({_DECIDED: "0x30", _DEGRADED: "0x30"}, "20m")),
    ),
    "LocusMetadataUnreachable": _state(
        f"locus_extender_watch_connected{{{E}}}",
        "0",
        "1",
        "5m",
        "1m",
        "extender:8901 has no stream from locus-meta.",
        EXTENDER,
    ),
    "LocusClusterUnknown": Case(
        Firing(
            {f"locus_extender_cluster_synced{{{E}}}": "0x20", f"locus_extender_cluster_age_seconds{{{E}}}": "-1x20"},
            "5m",
            "extender:8901 does not hear the API server.",
            EXTENDER,
        ),
        (
            Quiet({f"locus_extender_cluster_synced{{{E}}}": "1x20"}, "5m"),
            Quiet({f"locus_extender_cluster_age_seconds{{{E}}}": "60x20"}, "5m"),
            Quiet({f"locus_extender_cluster_age_seconds{{{E}}}": "0+60x6 0x20"}, "8m"),
        ),
    ),
    "LocusGateWithoutLeader": Case(
        Firing({f"locus_extender_gate_leader{{{E}}}": "0x20"}, "5m", "No extender opens scheduling gates."),
        (
            Quiet(
                {f"locus_extender_gate_leader{{{E}}}": "0x20", 'locus_extender_gate_leader{instance="b"}': "1x20"}, "5m"
            ),
            # Nobody waits here: no extender has the API server.
            Quiet({_info("locus-extender", "1", E): "1x20"}, "5m"),
        ),
    ),
    "LocusGateCannotWrite": Case(
        Firing(
            {f'locus_extender_gate_patch_failures_total{{why="server",{E}}}': "0+1x30"},
            "15m",
            "extender:8901 cannot patch pods: gates stay closed.",
            {**EXTENDER, "why": "server"},
        ),
        (
            Quiet({f'locus_extender_gate_patch_failures_total{{why="server",{E}}}': "7x30"}, "15m"),
            Quiet({f'locus_extender_gate_patch_failures_total{{why="pod",{E}}}': "0+1x30"}, "15m"),
        ),
    ),
    "LocusWaitsInVain": Case(
        Firing(
            {_DEADLINE: "0+3x90", _PLANNED: "0+1x90"},
            "60m",
            "75% of pods that waited for their data got no room beside it.",
        ),
        (
            Quiet({_DEADLINE: "0+1x90", _PLANNED: "0+3x90"}, "60m"),
            # A handful says nothing.
            Quiet({_DEADLINE: "0x40 5x50", _PLANNED: "0x90"}, "60m"),
        ),
    ),
    "LocusTooManyWait": _growth(
        f'locus_extender_refusals_total{{answer="too_many",{E}}}',
        "30m",
        "More pods want to wait without a gate than extender:8901 lets wait.",
        {**EXTENDER, "answer": "too_many"},
    ),
    "LocusExtenderSlow": Case(
        Firing(
            {f'{_CALLS}"0.1"}}': "0+1x60", f'{_CALLS}"0.5"}}': "0+100x60", f'{_CALLS}"+Inf"}}': "0+100x60"},
            "30m",
            "p99 of filter calls is 496ms.",
            {"verb": "filter"},
        ),
        (Quiet({f'{_CALLS}"0.1"}}': "0+100x60", f'{_CALLS}"+Inf"}}': "0+100x60"}, "30m"),),
    ),
    "LocusBadRequests": _growth(
        f'locus_extender_bad_requests_total{{verb="prioritize",reason="node_objects",{E}}}',
        "15m",
        "extender:8901 cannot use prioritize calls: node_objects.",
        {"instance": "extender:8901", "verb": "prioritize", "reason": "node_objects"},
    ),
    "LocusEventsRefused": _growth(
        f'locus_extender_events_dropped_total{{cause="refused",{E}}}',
        "40m",
        "The API server refuses events of extender:8901.",
        {**EXTENDER, "cause": "refused"},
    ),
    "LocusLittleLocal": Case(
        Firing(
            {_LOCAL: "0+10x200", _SHARE: "0+100x200"}, "180m", "Pods find 10% of their input on their own nodes."
        ),
        (
            Quiet({_LOCAL: "0+90x200", _SHARE: "0+100x200"}, "180m"),
            # Nothing is placed.
            Quiet({_LOCAL: "5x200", _SHARE: "100x200"}, "180m"),
        ),
    ),
    "LocusMasterUnreachable": _state(
        f"locus_meta_master_connected{{{M}}}", "0", "1", "5m", "1m", "meta:8911 has no leading Alluxio master.", META
    ),
    "LocusPictureStale": _state(
        f"locus_meta_stale{{{M}}}",
        "1",
        "0",
        "10m",
        "4m",
        "meta:8911 answers from a picture that is known to be old.",
        META,
    ),
    "LocusWorkersLost": Case(
        # Two locus-metas that miss the same two workers.
        Firing(
            {
                f'locus_meta_workers{{state="lost",{M}}}': "2x20",
                'locus_meta_workers{state="lost",instance="other:8911",job="locus"}': "2x20",
            },
            "10m",
            "2 cache workers are lost: their blocks do not count.",
            {"job": "locus"},
        ),
        (
            Quiet({f'locus_meta_workers{{state="lost",{M}}}': "0x20"}, "10m"),
            Quiet({f'locus_meta_workers{{state="lost",{M}}}': "2x20"}, "4m"),
        ),
    ),
    "LocusWorkersUnmatched": _state(
        f"locus_meta_unmatched_workers{{{M}}}",
        "3",
        "0",
        "15m",
        "5m",
        "3 cache workers belong to no Kubernetes node.",
        META,
    ),
    "LocusLimitHit": _growth(
        f'locus_meta_limit_hits_total{{limit="max_workers",{M}}}',
        "30m",
        "meta:8911 is at a bound: max_workers.",
        {**META, "limit": "max_workers"},
    ),
    "LocusNewsRejected": Case(
        Firing(
            {f'locus_meta_rejected_items_total{{reason="file_limit",{M}}}': "0+1x60"},
            "30m",
            "meta:8911 cannot use what workers tell: file_limit.",
            {**META, "reason": "file_limit"},
        ),
        # Late news is normal.
        (Quiet({f'locus_meta_rejected_items_total{{reason="file_older",{M}}}': "0+1x60"}, "30m"),),
    ),
    "LocusFrontWithoutMaster": _state(
        f"locus_meta_front_leader{{{M}}}",
        "0",
        "1",
        "5m",
        "0m",
        "The front of meta:8911 has no leading Alluxio master.",
        META,
    ),
    "LocusFrontFull": Case(
        Firing(
            {f'locus_meta_front_refused_total{{reason="too_many_calls",{M}}}': "0+1x30"},
            "10m",
            "The front of meta:8911 refuses calls.",
            {**META, "reason": "too_many_calls"},
        ),
        (Quiet({f'locus_meta_front_refused_total{{reason="read_only",{M}}}': "0+1x30"}, "10m"),),
    ),
    "LocusWorkerNotReporting": _state(
        f"locus_worker_reporting{{{W}}}", "0", "1", "5m", "1m", "worker:8921 is not heard by locus-meta.", WORKER
    ),
    "LocusFolderFails": Case(
        Firing(
            {f"locus_worker_agent_folders_missing{{{W}}}": "2x30"},
            "10m",
            "2 tier folders of worker:8921 do not work.",
            WORKER,
        ),
        (
            Quiet({f"locus_worker_failing_folders{{{W}}}": "0x30"}, "10m"),
            Quiet({f"locus_worker_failing_folders{{{W}}}": "1x30"}, "3m"),
        ),
    ),
    "LocusTornBlocks": Case(
        Firing(
            {f"locus_worker_torn_blocks_total{{{W}}}": "0x60 0+1x60"},
            "120m",
            "worker:8921 has dropped 59 damaged blocks within an hour.",
            WORKER,
        ),
        (Quiet({f"locus_worker_torn_blocks_total{{{W}}}": "0x60 1x60"}, "90m"),),
    ),
    "LocusDiskFull": _growth(
        f"locus_worker_refused_for_free_space_total{{{W}}}",
        "30m",
        "The disk of worker:8921 is full of something else than blocks.",
        WORKER,
    ),
    "LocusUnderStoreUnreachable": Case(
        Firing(
            {f'locus_worker_origin_calls_total{{origin="s3",outcome="unavailable",{W}}}': "0+1x30"},
            "15m",
            "worker:8921 does not reach the under-store (s3).",
            {"instance": "worker:8921", "origin": "s3"},
        ),
        (Quiet({f'locus_worker_origin_calls_total{{origin="s3",outcome="absent",{W}}}': "0+1x30"}, "15m"),),
    ),
    "LocusAlluxioWorkerDown": Case(
        Firing(
            {f"locus_worker_agent_serving{{{W}}}": "0x30"},
            "5m",
            "The Alluxio worker beside worker:8921 takes no connections.",
            WORKER,
        ),
        (
            Quiet({f"locus_worker_agent_serving{{{W}}}": "1x30"}, "5m"),
            # Not known.
            Quiet({f"locus_worker_agent_serving{{{W}}}": "-1x30"}, "5m"),
        ),
    ),
    "LocusAgentMissesEvents": Case(
        Firing(
            {f"locus_worker_agent_corrections_total{{{W}}}": "0x60 0+1x60"},
            "120m",
            "worker:8921 was not told of 59 blocks by the kernel.",
            WORKER,
        ),
        (Quiet({f"locus_worker_agent_corrections_total{{{W}}}": "3x120"}, "90m"),),
    ),
}
