"""Real etcd, kube-apiserver and kube-schedulers on loopback."""

import secrets
import subprocess
from collections.abc import Sequence
from pathlib import Path

import yaml

from locus_e2e.kube_api import KubeApi
from locus_e2e.ports import free_port
from locus_e2e.processes import Process, ProcessDied, Processes
from locus_e2e.waiting import WaitedTooLong, until

_LOCAL = "127.0.0.1"
# A port that was free may be taken before its server binds it.
_ATTEMPTS = 3
_READY_SECONDS = 60.0


class ControlPlane:
    """etcd and kube-apiserver, ready. Schedulers are started one by one: each instance has its own configuration."""

    def __init__(
        self, binary: Path, folder: Path, processes: Processes, host: str = _LOCAL, arguments: Sequence[str] = ()
    ) -> None:
        """`host`: the address that all of it listens on. `arguments`: further ones of kube-apiserver."""
        self._arguments = list(arguments)
        # Of all servers: kubeplane.
        self.binary = binary
        self._host = host
        self._folder = folder
        self._processes = processes
        self._token = secrets.token_hex(16)
        folder.mkdir(parents=True)
        self._certificates = folder / "certificates"
        self._certificates.mkdir()
        # Of an administrator who shows a certificate instead of a token; PEM.
        self.client_certificate = self._certificates / "client.crt"
        self.client_key = self._certificates / "client.key"
        self._write_credentials()
        for attempt in range(_ATTEMPTS):
            try:
                self.url = self._start(attempt)
                break
            except (ProcessDied, WaitedTooLong):
                if attempt == _ATTEMPTS - 1:
                    raise
        self.certificate = self._certificate()
        # An administrator, to the API server.
        self.token = self._token
        self.api = self._client()
        self.kubeconfig = self._write_kubeconfig()

    def kubeconfig_of(self, token: str, path: Path) -> Path:
        """Writes a kubeconfig of whoever has this token."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        config["users"] = [{"name": "admin", "user": {"token": token}}]
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(config))
        return path

    def api_of(self, token: str) -> KubeApi:
        """The API server as somebody else sees it."""
        return KubeApi(self.url, token, self.certificate)

    def add_scheduler(self, name: str, configuration: dict[str, object]) -> Process:
        """Starts a kube-scheduler; `configuration` is a KubeSchedulerConfiguration. It is running, and soon ready:
        pods that are created before that wait in its queue."""
        path = self._folder / f"scheduler-{name}.yaml"
        connection = dict(configuration.get("clientConnection") or {})  # type: ignore[call-overload]
        connection["kubeconfig"] = str(self.kubeconfig)
        path.write_text(yaml.safe_dump({**configuration, "clientConnection": connection}))
        return self._processes.start(
            f"kube-scheduler-{name}", [self.binary, "scheduler", "--config", path, "--secure-port", "0", "-v", "2"]
        )

    def restart_server(self) -> None:
        """kube-apiserver is killed and comes back at the same address with the same data; ready."""
        self.kill_server()
        self.start_server()

    def kill_server(self) -> None:
        """kill -9 of kube-apiserver; etcd and schedulers go on."""
        self._server.kill()

    def start_server(self) -> None:
        """kube-apiserver once more, after kill_server; ready when it returns."""
        self._server = self._processes.start(self._server.name, self._server.argv)

        def ready() -> bool:
            self._server.check()
            return self.api.ready()

        until("answer from the kube-apiserver that was started again", _READY_SECONDS, ready, every=0.1)

    def _start(self, attempt: int) -> str:
        client, peer, secure = (free_port(self._host) for _ in range(3))
        etcd_url, peer_url = (f"http://{self._host}:{port}" for port in (client, peer))
        etcd = self._processes.start("etcd", [
            self.binary, "etcd", "--data-dir", self._folder / f"etcd-{attempt}", "--listen-client-urls", etcd_url,
            "--advertise-client-urls", etcd_url, "--listen-peer-urls", peer_url,
            "--initial-advertise-peer-urls", peer_url, "--initial-cluster", f"default={peer_url}",
            "--unsafe-no-fsync", "--logger", "zap", "--log-level", "warn",
        ])  # fmt: skip
        key = self._certificates / "service-account.key"
        server = self._processes.start("kube-apiserver", [
            self.binary, "apiserver", "--etcd-servers", etcd_url, "--secure-port", secure,
            "--bind-address", self._host, "--advertise-address", self._host, "--cert-dir", self._certificates,
            "--service-account-key-file", key, "--service-account-signing-key-file", key,
            "--service-account-issuer", "https://locus.test",
            "--service-cluster-ip-range", "10.96.0.0/16", "--authorization-mode", "RBAC",
            "--token-auth-file", self._certificates / "tokens.csv", "--disable-admission-plugins", "ServiceAccount",
            "--client-ca-file", self.client_certificate, *self._arguments,
        ])  # fmt: skip
        self._server = server
        url = f"https://{self._host}:{secure}"

        def ready() -> bool:
            etcd.check()
            server.check()
            return self._certificate().exists() and KubeApi(url, self._token, self._certificate()).ready()

        try:
            until("answer from kube-apiserver", _READY_SECONDS, ready, every=0.1)
        except (ProcessDied, WaitedTooLong):
            server.stop()
            etcd.stop()
            raise
        return url

    def _certificate(self) -> Path:
        # Signed by the server for itself; it lists the address.
        return self._certificates / "apiserver.crt"

    def _client(self) -> KubeApi:
        return KubeApi(self.url, self._token, self._certificate())

    def _write_credentials(self) -> None:
        subprocess.run(["openssl", "genrsa", "-out", self._certificates / "service-account.key", "2048"],
                       check=True, capture_output=True)  # fmt: skip
        # It signs itself: it is the authority for clients too.
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/O=system:masters/CN=certified", "-addext", "extendedKeyUsage=clientAuth",
             "-keyout", self.client_key, "-out", self.client_certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        tokens = self._certificates / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self._token},admin,1,"system:masters"\n')

    def _write_kubeconfig(self) -> Path:
        path = self._folder / "admin.kubeconfig"
        path.touch(mode=0o600)
        cluster = {"server": self.url, "certificate-authority": str(self._certificate())}
        path.write_text(yaml.safe_dump({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "locus", "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self._token}}],
            "contexts": [{"name": "locus", "context": {"cluster": "locus", "user": "admin"}}],
            "current-context": "locus",
        }))  # fmt: skip
        return path
