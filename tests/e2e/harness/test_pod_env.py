"""What a pod's process is given, held against what Kubernetes documents."""

from pathlib import Path
from typing import Any

import pytest
from locus_e2e.kubelet import pod_env, pod_status, volumes
from locus_e2e.kubelet.image import SparkImage
from locus_e2e.kubelet.pod_env import BadContainer

POD: dict[str, Any] = {
    "metadata": {"name": "p", "namespace": "n", "uid": "u", "labels": {"a/b": "c"}, "annotations": {}},
    "spec": {"nodeName": "node-1", "containers": [{"name": "main", "image": "i"}]},
}


def _none(name: str) -> dict[str, str]:
    raise LookupError(name)


# From the documentation of dependent environment variables and of its escape.
@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)-$(B)", "1-2"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$A ${A} $", "$A ${A} $"),
        ("$(A", "$(A"),
    ],
)
def test_references_are_replaced_as_kubernetes_does(text: str, expanded: str) -> None:
    """Unknown ones stay, two dollars are one."""
    assert pod_env.expand(text, {"A": "1", "B": "2"}) == expanded


def test_a_variable_sees_those_before_it_and_not_those_after_it() -> None:
    """Which is why HOST_IP must stand before what refers to it."""
    host = {"name": "HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}
    option = {"name": "OPTION", "value": "-Dhost=$(HOST_IP)"}
    for order, value in (([host, option], "-Dhost=10.0.0.1"), ([option, host], "-Dhost=$(HOST_IP)")):
        assert pod_env.environment(POD, {"env": order}, "10.1.0.1", "10.0.0.1", _none)["OPTION"] == value


def test_fields_of_the_pod_are_told_and_others_refused() -> None:
    """Labels by name; what Kubernetes has no field for is an error."""
    wanted = {"status.podIP": "10.1.0.1", "status.hostIP": "10.0.0.1", "metadata.labels['a/b']": "c",
              "metadata.annotations['x']": "", "metadata.uid": "u", "spec.nodeName": "node-1"}  # fmt: skip
    assert {path: pod_env.field(POD, path, "10.1.0.1", "10.0.0.1") for path in wanted} == wanted
    with pytest.raises(BadContainer):
        pod_env.field(POD, "status.phase", "", "")


def test_what_is_not_there_yet_and_what_can_never_be_are_told_apart() -> None:
    """A kubelet tries the first again."""
    entry = {"name": "X", "valueFrom": {"configMapKeyRef": {"name": "later", "key": "k"}}}
    with pytest.raises(LookupError):
        pod_env.environment(POD, {"env": [entry]}, "", "", _none)
    secret = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}
    with pytest.raises(BadContainer):
        pod_env.environment(POD, {"env": [secret]}, "", "", _none)


def test_volumes_become_folders_and_mount_paths_lead_to_them(tmp_path: Path) -> None:
    """Whole path components only; the longest mount first."""
    pod = {**POD, "spec": {"volumes": [
        {"name": "work", "emptyDir": {}},
        {"name": "conf", "configMap": {"name": "m", "items": [{"key": "k", "path": "sub/file"}]}},
        {"name": "host", "hostPath": {"path": "/mnt/disk"}},
    ]}}  # fmt: skip
    mounts = [{"name": "work", "mountPath": "/opt"}, {"name": "conf", "mountPath": "/opt/conf/"},
              {"name": "host", "mountPath": "/data"}]  # fmt: skip
    found = volumes.prepare(pod, {"volumeMounts": mounts}, tmp_path, lambda _name: {"k": "text", "other": "x"})
    conf = found["/opt/conf"]
    assert [path.relative_to(conf).as_posix() for path in conf.rglob("*") if path.is_file()] == ["sub/file"]
    assert (conf / "sub" / "file").read_text() == "text"
    told = volumes.translate("/opt/conf/sub:/opt/x:/data/y:/optional:/srv/data", found)
    assert told == f"{conf}/sub:{found['/opt']}/x:/mnt/disk/y:/optional:/srv/data"
    with pytest.raises(BadContainer):
        volumes.prepare({**POD, "spec": {"volumes": [{"name": "s", "secret": {}}]}},
                        {"volumeMounts": [{"name": "s", "mountPath": "/s"}]}, tmp_path, _none)  # fmt: skip


def test_secrets_and_tokens_become_files_and_secrets_are_renewed(tmp_path: Path) -> None:
    """For a kubelet that may see them. A token is asked for with what the volume says."""
    source = {"audience": "them", "expirationSeconds": 3600, "path": "token"}
    pod = {**POD, "spec": {"volumes": [
        {"name": "keys", "secret": {"secretName": "s"}},
        {"name": "proof", "projected": {"sources": [{"serviceAccountToken": source}]}},
    ]}}  # fmt: skip
    container = {"volumeMounts": [{"name": "keys", "mountPath": "/keys"}, {"name": "proof", "mountPath": "/proof/"}]}
    data = {"s": {"tls.key": b"\xff one"}}
    confidential = volumes.Confidential(lambda name: data[name], lambda asked: f"for {asked['audience']}")
    found = volumes.prepare(pod, container, tmp_path, _none, confidential)
    assert (found["/keys"] / "tls.key").read_bytes() == b"\xff one"
    assert (found["/proof"] / "token").read_text() == "for them"
    assert volumes.secrets_of(pod, container, found) == {found["/keys"]: "s"}
    volumes.put(found["/keys"], {"tls.key": b"two"})
    assert [path.read_bytes() for path in found["/keys"].iterdir()] == [b"two"]


def test_an_exit_by_a_signal_is_told_as_containers_do() -> None:
    """128 and the signal's number."""
    codes = {0: 0, 3: 3, -9: 137, -15: 143}
    for status, code in codes.items():
        told = pod_status.ended(POD, 1, "2026-01-01T00:00:00Z", status)
        assert told["containerStatuses"][0]["state"]["terminated"]["exitCode"] == code
        assert told["phase"] == ("Succeeded" if code == 0 else "Failed")


def test_an_executor_without_what_spark_gives_it_is_refused_and_a_pod_without_arguments_left_alone(
    tmp_path: Path,
) -> None:
    """With the names of what it lacks."""
    image = SparkImage(Path("/java"), Path("/spark"), Path("/python"))
    with pytest.raises(BadContainer, match="SPARK_DRIVER_URL"):
        image.command(["executor"], {}, tmp_path)
    assert image.command([], {}, tmp_path) is None
