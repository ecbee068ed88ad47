"""KubeSchedulerConfigurations: the stock one, and the shipped one with the addresses of this run."""

import copy
from typing import Any

import yaml

from locus_e2e.settings import ROOT

SHIPPED = ROOT / "manifests" / "scheduler" / "kube-scheduler-config.yaml"

STOCK_NAME = "default-scheduler"
# Few pods and a local API server: the client's own rate limit (50/s) would be what is measured.
_CONNECTION = {"qps": 1000, "burst": 2000}


def stock() -> dict[str, Any]:
    """What a cluster has without Locus."""
    return {
        "apiVersion": "kubescheduler.config.k8s.io/v1",
        "kind": "KubeSchedulerConfiguration",
        "clientConnection": _CONNECTION,
        "leaderElection": {"leaderElect": False},
    }


def with_locus(extender_url: str, name: str = "locus", with_filter: bool = False) -> dict[str, Any]:
    """The shipped configuration; only addresses, leader election and the client's rate differ.

    `name`: the schedulerName that it serves; `with_filter`: also call the filter.
    """
    shipped: dict[str, Any] = copy.deepcopy(yaml.safe_load(SHIPPED.read_text()))
    shipped["clientConnection"] = _CONNECTION
    shipped["leaderElection"] = {"leaderElect": False}
    shipped["profiles"][0]["schedulerName"] = name
    extender = shipped["extenders"][0]
    extender["urlPrefix"] = extender_url
    if with_filter:
        extender["filterVerb"] = "filter"
    return shipped
