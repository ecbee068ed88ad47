"""An authority of a test's own, and certificates of it: openssl, as docs/security.md says."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import grpc

from locus_e2e import clocks

_DAYS = 30
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@dataclass(frozen=True)
class Pair:
    """PEM files."""

    certificate: Path
    key: Path

    def fields(self) -> dict[str, str]:
        """As configuration has it."""
        return {"cert_file": str(self.certificate), "key_file": str(self.key)}


@dataclass(frozen=True)
class Caller:
    """Asks servers by TLS: whom it trusts, what it shows (None: nothing), and the name that it looks for."""

    authority: Path
    pair: Pair | None
    server: str

    def channel(self, target: str) -> grpc.Channel:
        """To host:port."""
        shown = [self.pair.key.read_bytes(), self.pair.certificate.read_bytes()] if self.pair else []
        credentials = grpc.ssl_channel_credentials(self.authority.read_bytes(), *shown)
        options = [("grpc.enable_http_proxy", 0), ("grpc.ssl_target_name_override", self.server)]
        return grpc.secure_channel(target, credentials, options=options)


class Authority:
    """Signs what a test asks for. `certificate`: PEM, for those who are to trust it."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made, and keeps everything."""
        folder.mkdir(parents=True)
        self._folder = folder
        self.certificate = folder / "ca.crt"
        self._openssl("req", "-x509", *_CURVE, "-days", _DAYS, "-subj", "/CN=test authority", "-keyout",
                      folder / "ca.key", "-out", self.certificate)  # fmt: skip

    def issue(self, name: str, names: str, seconds: int = _DAYS * 86400) -> Pair:
        """A certificate for servers and clients; `names` as of subjectAltName. It ends after so many seconds."""
        pair = Pair(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        request, extensions = self._folder / f"{name}.csr", self._folder / f"{name}.ext"
        extensions.write_text(
            f"subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\nbasicConstraints=critical,CA:FALSE\n"
        )
        self._openssl("req", "-new", *_CURVE, "-subj", f"/CN={name}", "-keyout", pair.key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._folder / "ca.key",
                      "-CAcreateserial", "-days", _DAYS, "-extfile", extensions, "-out", pair.certificate,
                      clock_seconds=seconds - _DAYS * 86400)  # fmt: skip
        return pair

    def _openssl(self, *words: object, clock_seconds: int = 0) -> None:
        """It counts in days. Shorter lives are those of certificates that it issued earlier, by its clock."""
        before = clocks.ahead_by(clock_seconds) if clock_seconds else []
        subprocess.run([*before, "openssl", *map(str, words)], check=True, capture_output=True)
