"""Which room may know of which other, and of which library."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cpp_text import includes
from registry import Problem, matches, rule
from tree import Tree

COMPONENTS = ("extender", "alluxio_meta", "cache_worker", "locusctl")

# Top folder -> what its C++ may include besides itself. Tests may include anything.
MAY_INCLUDE = {
    **{component: ("common", "kube", "alluxio_wire", "proto") for component in COMPONENTS},
    "kube": ("common", "proto"),
    "alluxio_wire": ("common", "proto"),
    "common": (),
    "proto": (),
}

# The schema of configuration is the one contract that the base library knows.
COMMON_MAY_INCLUDE = ("proto/config/v1/rules.pb.h", "proto/config/v1/common.pb.h")


@rule
def arrows_between_components(tree: Tree) -> Iterator[Problem]:
    """Components meet in proto/ and common/ only."""
    for file in tree.cpp():
        allowed = MAY_INCLUDE.get(file.top)
        if allowed is None:
            continue
        for include in includes(file.text):
            top = include.path.partition("/")[0]
            if include.system or top == file.top or top not in {*MAY_INCLUDE, "tests"}:
                continue
            if top in allowed or (file.top == "common" and include.path in COMMON_MAY_INCLUDE):
                continue
            yield Problem(file.path, include.line, f"{file.top} must not include {include.path}: "
                          "meet in proto/, or move what both need to common/")


# Rooms that decide: values in, values out. Paths that start with a key are pure, but for those of its exceptions.
PURE_ROOMS = {
    "extender/decision/": (),
    "extender/gate/gate_action.h": (),
    "extender/gate/gate_round": (),
    "extender/gate/planner.h": (),
    "extender/gate/wait_rule": (),
    "extender/cluster/": ("extender/cluster/cluster_metrics.h", "extender/cluster/cluster_metrics.cc",
                          "extender/cluster/watched_cluster.h", "extender/cluster/watched_cluster.cc"),
    "extender/explain/outcome_tally": (),
    "extender/explain/condition": (),
    "extender/locality/sample_table": (),
    "extender/warm_up/load_queue": (),
    "extender/warm_up/warm_up_book": (),
    "extender/warm_up/warm_up_plan": (),
    "alluxio_meta/applications/application.h": (),
    "alluxio_meta/index/": (),
    "alluxio_meta/mounts/": (),
    "alluxio_meta/interest/": (),
    "alluxio_meta/listings/kept_listings": (),
    "alluxio_meta/listings/path_listing": (),
    "alluxio_meta/listings/question_book": (),
    "alluxio_meta/nodes/host_name": (),
    "alluxio_meta/workers/worker_table": (),
    "alluxio_meta/nodes/node_": (),
    "cache_worker/agent/block_name": (),
    "cache_worker/alluxio/block_ledger": (),
    "cache_worker/alluxio/send_window": (),
    "cache_worker/alluxio/ufs_map": (),
    "cache_worker/traffic/client_traffic": (),
    "cache_worker/traffic/connection.h": (),
    "cache_worker/agent/tier_view": (),
    "cache_worker/agent/serving_rule": (),
    "alluxio_meta/alluxio/call_budget": (),
    "alluxio_meta/catalog/sync_rule": (),
    "alluxio_meta/alluxio/master.h": (),
    "alluxio_meta/alluxio/master_term": (),
    "alluxio_meta/alluxio/page_size": (),
    "alluxio_wire/block_id": (),
    "common/endpoint": (),
    "alluxio_wire/plain": (),
    "alluxio_wire/uri_path": (),
    "cache_worker/load/proc_text": (),
    "cache_worker/origin/http_exchange.h": (),
    "cache_worker/origin/http_object": (),
    "cache_worker/origin/http_retry": (),
    "cache_worker/origin/manifest": (),
    "cache_worker/origin/path": (),
    "cache_worker/origin/s3_address": (),
    "cache_worker/origin/s3_credentials": (),
    "cache_worker/origin/s3_refusal": (),
    "cache_worker/origin/s3_signature": (),
    "cache_worker/origin/s3_xml": (),
    "cache_worker/origin/sha256": (),
    "cache_worker/origin/stall_rule.h": (),
    "cache_worker/origin/times": (),
    "cache_worker/load/load_average": (),
    "cache_worker/http/byte_range": (),
    "cache_worker/http/conditions": (),
    "cache_worker/http/field_text.h": (),
    "cache_worker/http/http_date": (),
    "cache_worker/http/target": (),
    "cache_worker/store/token_bucket": (),
    "cache_worker/store/frequency_sketch": (),
    "cache_worker/store/lru": (),
    "cache_worker/store/one_use_a_visit": (),
    "cache_worker/store/sieve": (),
    "cache_worker/store/tiny_lfu": (),
    "cache_worker/store/block_format": (),
    "cache_worker/store/little_endian": (),
    "cache_worker/store/pin_list": (),
    "cache_worker/store/rooms": (),
    "cache_worker/store/tier_rules": (),
    "cache_worker/store/eviction": (),
    "kube/quantity": (),
    "kube/reflector_rule": (),
    "kube/requests": (),
    "kube/timestamp": (),
    "kube/url": (),
    "locusctl/text": (),
    "locusctl/table": (),
    "locusctl/figures": (),
    "locusctl/completion/": (),
    "locusctl/doctor/diagnosis": (),
    "locusctl/installation/checks": (),
    "locusctl/installation/facts": (),
    "locusctl/installation/kube_facts": (),
    "locusctl/installation/troubles": (),
    "locusctl/spark/input_list": (),
    "locusctl/caches/load_plan": (),
    "locusctl/caches/rate_meter": (),
    "locusctl/spark/java_properties": (),
    "locusctl/outcome": (),
    "locusctl/spark/spark_merge": (),
    "locusctl/spark/spark_settings": (),
    "locusctl/spark/submit_arguments": (),
    "locusctl/decision.h": (),
    "kube/election_state": (),
    "common/http_body": (),
    "common/units": (),
    "common/utf8": (),
}
IMPURE_INCLUDE = re.compile(
    r"^(grpc|grpcpp|spdlog|nlohmann|CLI|yaml-cpp|sys|poll)/|\.pb\.h$|^(httplib|simdjson|thread|fstream|iostream|"
    r"filesystem|future|condition_variable|mutex|random|unistd|poll|fcntl)(\.h)?$|"
    r"^common/(mutex|log|http_server|grpc_server)\.h$")
IMPURE_CALL = re.compile(r"\b(SystemClock|clock_gettime|gettimeofday)\b|_clock::now\b")


@rule
def pure_rooms(tree: Tree) -> Iterator[Problem]:
    """No wire, file, clock or thread in a room that decides."""
    for file in tree.cpp():
        if not any(file.path.startswith(room) and file.path not in out for room, out in PURE_ROOMS.items()):
            continue
        for include in includes(file.text):
            # POSIX headers that only declare types.
            if IMPURE_INCLUDE.search(include.path) and include.path != "sys/types.h":
                yield Problem(file.path, include.line,
                              f"a pure room includes {include.path}: take values, let the adapter beside it convert")
        yield from matches(file, IMPURE_CALL, "a pure room asks for the time: take it as an argument")


# Library header -> where it may be included; tests may everywhere.
LIBRARY_HOMES = {
    r"^httplib\.h$": ("common/http_server.cc", "locusctl/servers/http_decision_source.cc"),
    r"^curl/": ("kube/https_client.cc", "cache_worker/origin/curl_transport.cc"),
    r"^openssl/": ("cache_worker/origin/sha256.cc", "common/digest.cc", "common/tls_material.cc",
                   "common/tls_transport.cc"),
    r"^pugixml\.hpp$": ("cache_worker/origin/s3_xml.cc",),
    r"^simdjson\.h$": ("extender/http/", "kube/json_value.h"),
    r"^nlohmann/": ("common/log.cc", "extender/http/", "extender/explain/", "extender/gate/gate_patch.cc",
                    "kube/event_json.cc", "kube/lease_json.cc", "kube/token_review_json.cc", "locusctl/",
                    "cache_worker/http/replies.cc"),
    r"^CLI/": ("common/daemon_command_line.cc", "locusctl/command_line/"),
    r"^yaml-cpp/": ("common/config.cc", "kube/kubeconfig.cc", "locusctl/spark/pod_template.cc",
                   "locusctl/installation/scheduler_config.cc", "locusctl/yaml_document.cc"),
    r"^spdlog/": ("common/log.cc",),
    r"^prometheus/": ("common/metrics.cc",),
    r"^microhttpd\.h$": ("cache_worker/http/data_server.cc",),
    r"^sys/inotify\.h$": ("cache_worker/agent/inotify_kernel.cc",),
    r"^catch2/": (),
    r"^rapidcheck": (),
    r"^benchmark/": (),
}


@rule
def libraries_stay_at_their_edges(tree: Tree) -> Iterator[Problem]:
    """One adapter for each library, so that it can be replaced there."""
    for file in tree.cpp():
        if file.top == "tests":
            continue
        for include in includes(file.text):
            for pattern, homes in LIBRARY_HOMES.items():
                if re.search(pattern, include.path) and not file.path.startswith(homes or ("-",)):
                    where = ", ".join(homes) or "tests/"
                    yield Problem(file.path, include.line,
                                  f"{include.path} belongs to {where} only: use the interface there")
