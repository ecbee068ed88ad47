"""Names of services in the kubelet of the tests."""

from typing import Any

from locus_e2e.kubelet.services import Endpoint, names


def _service(name: str, selector: dict[str, str] | None, address: str = "None") -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "jobs"}, "spec": {"clusterIP": address, "selector": selector}}


def test_a_headless_service_leads_to_the_pod_that_it_selects() -> None:
    """Of its namespace, with all of its labels."""
    pods = [
        Endpoint("other", {"app": "a", "role": "driver"}, "10.0.0.1"),
        Endpoint("jobs", {"app": "a"}, "10.0.0.2"),
        Endpoint("jobs", {"app": "a", "role": "driver"}, "10.0.0.3"),
    ]
    found = names([_service("svc", {"app": "a", "role": "driver"})], pods)
    assert found == {"svc.jobs.svc": "10.0.0.3", "svc.jobs.svc.cluster.local": "10.0.0.3"}


def test_services_that_lead_to_no_pod_have_no_name() -> None:
    """With an address of their own, without a selector, or before their pod runs."""
    pods = [Endpoint("jobs", {"app": "a"}, "10.0.0.2")]
    services = [_service("own", {"app": "a"}, "10.96.0.1"), _service("bare", None), _service("early", {"app": "b"})]
    assert names(services, pods) == {}
