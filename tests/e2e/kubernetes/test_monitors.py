"""Objects for the Prometheus operator: they find every program's metrics, once. No API server has seen them with the
operator's definitions here."""

import pytest
import yaml
from locus_e2e import rendered, tls_secrets
from locus_e2e.kube_api import Object

_OBSERVABILITY = rendered.MANIFESTS / "observability"


def _monitor(name: str) -> Object:
    return dict(yaml.safe_load((_OBSERVABILITY / f"{name}.yaml").read_text()))


def _name(monitor: str, overlay: str) -> str:
    return f"{monitor}-tls" if overlay in rendered.SECURED else monitor


def _check_scheme(endpoint: Object, objects: list[Object]) -> None:
    """As the pods' annotation says; a certificate is checked by a file of a Secret that a pod has too, and by a name
    that each server has."""
    pods = [one["spec"]["template"]["metadata"]["annotations"] for one in rendered.workloads(objects)]
    assert {one.get("prometheus.io/scheme", "http") for one in pods} == {endpoint.get("scheme", "http")}
    if "tlsConfig" not in endpoint:
        return
    certificates = tls_secrets.certificates()
    authority = endpoint["tlsConfig"]["ca"]["secret"]
    assert authority["name"] in [one["secretName"] for one in certificates.values()]
    assert authority["key"] in tls_secrets.KEYS
    for server in ("locus-meta", "locus-extender", "locus-worker"):
        assert endpoint["tlsConfig"]["serverName"] in tls_secrets.names_of(certificates[server])


def _selected(monitor: Object, objects: list[Object]) -> list[Object]:
    """Of the monitor's own namespace, as it names no other."""
    spec = monitor["spec"]
    assert "namespaceSelector" not in spec and spec["selector"].keys() == {"matchLabels"}
    return [
        one for one in objects
        if one["metadata"].get("namespace") == monitor["metadata"]["namespace"]
        and spec["selector"]["matchLabels"].items() <= one["metadata"].get("labels", {}).items()
    ]  # fmt: skip


def _named_ports(pod: Object, name: str) -> list[int]:
    ports = [port for container in pod["spec"]["containers"] for port in container.get("ports", [])]
    return [port["containerPort"] for port in ports if port.get("name") == name]


@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_the_pod_monitor_finds_the_metrics_of_every_program_once(overlay: str) -> None:
    """By the name of a container's port; the port is the one that the pod's annotation names."""
    objects = rendered.installation(overlay)
    monitor = _monitor(_name("pod-monitor", overlay))
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    _check_scheme(endpoint, objects)
    pods = [one["spec"]["template"] for one in rendered.workloads(objects)]
    for pod in pods:
        pod["metadata"]["namespace"] = rendered.NAMESPACE
        annotations = pod["metadata"]["annotations"]
        assert [str(port) for port in _named_ports(pod, endpoint["port"])] == [annotations["prometheus.io/port"]]
        assert endpoint["path"] == annotations["prometheus.io/path"]
    assert _selected(monitor, pods) == pods


@pytest.mark.parametrize("overlay", rendered.INSTALLATIONS)
def test_the_service_monitor_finds_the_metrics_of_every_locus_meta_once(overlay: str) -> None:
    """By the name of a Service's port. It takes the addresses of every Service that it selects: two with that port
    would be each replica twice."""
    objects = rendered.installation(overlay)
    monitor = _monitor(_name("service-monitor", overlay))
    (endpoint,) = monitor["spec"]["endpoints"]
    _check_scheme(endpoint, objects)
    services = _selected(monitor, [one for one in objects if one["kind"] == "Service"])
    (port,) = [port for one in services for port in one["spec"]["ports"] if port["name"] == endpoint["port"]]
    pod = rendered.find(objects, "Deployment", "locus-meta")["spec"]["template"]
    assert _named_ports(pod, port["targetPort"]) == [port["port"]]
    assert str(port["port"]) == pod["metadata"]["annotations"]["prometheus.io/port"]
