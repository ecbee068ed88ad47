"""A small S3 client of the tests' own: it shares nothing with the one under test."""

import datetime
import hashlib
import hmac
import urllib.parse

import urllib3


class S3Error(Exception):
    """The server refused; the text is its own."""


class S3Client:
    """Signs with Signature Version 4, path style, region us-east-1."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str) -> None:
        self._endpoint = endpoint
        self._host = endpoint.partition("://")[2]
        self._access_key = access_key
        self._secret_key = secret_key
        self._http = urllib3.PoolManager(maxsize=4, retries=False, timeout=10.0)

    def make_bucket(self, bucket: str) -> None:
        """PUT /bucket."""
        self._call("PUT", bucket, "")

    def put(self, bucket: str, key: str, body: bytes) -> str:
        """Stores an object; returns its entity tag, in quotes."""
        return self._call("PUT", bucket, key, body).headers["ETag"]

    def delete(self, bucket: str, key: str) -> None:
        """Removes an object."""
        self._call("DELETE", bucket, key)

    def reachable(self) -> bool:
        """Whether the server answers at all."""
        try:
            return self._http.request("GET", self._endpoint).status > 0
        except urllib3.exceptions.HTTPError:
            return False

    def _call(self, method: str, bucket: str, key: str, body: bytes = b"") -> urllib3.BaseHTTPResponse:
        path = "/" + urllib.parse.quote(f"{bucket}/{key}" if key else bucket, safe="/~")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": self._host, "x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "x-amz-date": now}
        names = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        canonical = f"{method}\n{path}\n\n{lines}\n{names}\n{headers['x-amz-content-sha256']}"
        scope = f"{now[:8]}/us-east-1/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signing_key = f"AWS4{self._secret_key}".encode()
        for part in scope.split("/"):
            signing_key = hmac.digest(signing_key, part.encode(), "sha256")
        signature = hmac.digest(signing_key, to_sign.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self._access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        answer = self._http.request(method, self._endpoint + path, body=body, headers=headers)
        if answer.status >= 300:
            raise S3Error(f"{method} {path}: {answer.status} {answer.data[:500].decode(errors='replace')}")
        return answer
