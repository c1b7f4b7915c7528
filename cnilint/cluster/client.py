"""Requests to an API server: get and list, with limits of time and size, paging and back-off. Nothing is ever written."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from cnilint.errors import UsageError
from cnilint.ssa.typed.values import JsonObject

if TYPE_CHECKING:
    from kubernetes.client import Configuration
    from urllib3 import BaseHTTPResponse

JSON = "application/json"
_GONE = 410
_DENIED = 403
_ABSENT = (404, 405)
_UNACCEPTABLE = 406
_UNAUTHORIZED = 401
_BUSY = 429
_CHUNK = 1 << 16


@dataclass(kw_only=True, frozen=True, slots=True)
class ClientLimits:
    """Bounds of one request, in seconds and bytes; ``page`` is the number of objects that one answer may have.

    ``attempts`` is how often it is sent while the server is busy: after ``delay``, twice that, and so on, or when the
    server says, but at most ``most_delay`` later.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    size: int = 256 * 1024 * 1024
    page: int = 500
    attempts: int = 5
    delay: float = 0.5
    most_delay: float = 30.0


class Refused(Exception):
    """The server does not answer this request: what it is about is not known. The text is the reason."""


class NotThere(Exception):
    """The object or resource does not exist."""


class _Expired(Exception):
    """A list was continued too late."""


class _Answer(NamedTuple):
    status: int
    retry_after: str
    body: bytes


class ClusterClient:
    """Reads objects from an API server.

    Every method raises UsageError where the server cannot be reached, does not accept the credentials, or stays busy.
    """

    def __init__(self, configuration: "Configuration", limits: ClientLimits) -> None:
        from kubernetes.client.rest import RESTClientObject
        from urllib3.exceptions import HTTPError, LocationParseError

        self._limits = limits
        self._configuration = configuration
        self._failures = (HTTPError, OSError)
        self._host = str(configuration.host).rstrip("/")
        try:
            self._pool = RESTClientObject(configuration).pool_manager
        except (OSError, ValueError, LocationParseError) as error:
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def get(self, path: str, accept: str = JSON) -> JsonObject:
        """The object at a path. Raises Refused and NotThere."""
        return self._request(path, {}, accept)

    def pages(self, path: str, accept: str = JSON) -> Iterator[JsonObject]:
        """The pages of a list; an expired one is read again as one page. Raises Refused and NotThere."""
        page = self._request(path, {"limit": str(self._limits.page)}, accept)
        pages = [page]
        while more := _continue(page):
            try:
                page = self._request(path, {"limit": str(self._limits.page), "continue": more}, accept)
            except _Expired:
                # As client-go: https://pkg.go.dev/k8s.io/client-go/tools/pager
                pages = [self._request(path, {}, accept)]
                break
            pages.append(page)
        yield from pages

    def _request(self, path: str, query: Mapping[str, str], accept: str) -> JsonObject:
        answer = self._patiently(f"{path}?{urlencode(query)}" if query else path, accept)
        _raise_for(answer, path, self._host)
        try:
            value = json.loads(answer.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise UsageError(f"`{self._host}` does not answer as a Kubernetes API server does")
        return value

    def _patiently(self, url: str, accept: str) -> _Answer:
        """The answer to a request, sent again while the server is busy or the connection breaks."""
        limits = self._limits
        delay = limits.delay
        for attempt in range(limits.attempts):
            is_last = attempt == limits.attempts - 1
            try:
                answer = self._send(url, accept)
            except self._failures as error:
                if is_last or not _is_broken(error):
                    raise self._unreachable(error) from None
                wait = delay
            else:
                if is_last or not (answer.status == _BUSY or answer.status >= 500):
                    return answer
                wait = _seconds(answer.retry_after, delay)
            time.sleep(min(wait, limits.most_delay))
            delay *= 2
        raise AssertionError("there is at least one attempt")

    def _send(self, url: str, accept: str) -> _Answer:
        from urllib3 import Timeout

        limits = self._limits
        response = self._pool.request(
            "GET",
            self._host + url,
            headers={"Accept": accept, "User-Agent": "cnilint", **self._credentials()},
            timeout=Timeout(connect=limits.connect, read=limits.read),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        body = self._body(response)
        return _Answer(response.status, response.headers.get("Retry-After", ""), body)

    def _body(self, response: "BaseHTTPResponse") -> bytes:
        """The bytes of an answer, which may be neither too large nor too slow."""
        end = time.monotonic() + self._limits.total
        parts: list[bytes] = []
        size = 0
        for part in response.stream(_CHUNK, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > self._limits.size:
                raise UsageError(f"`{self._host}` sends more than {self._limits.size} bytes at once")
            if time.monotonic() > end:
                raise UsageError(f"`{self._host}` needs more than {self._limits.total:.0f} seconds to answer")
        return b"".join(parts)

    def _credentials(self) -> dict[str, str]:
        """The header of the token or password; a token from a file is read again when it is due."""
        settings = self._configuration.auth_settings()
        return {str(each["key"]): str(each["value"]) for each in settings.values() if each["value"]}

    def _unreachable(self, error: BaseException) -> UsageError:
        return UsageError(f"cannot reach the cluster at `{self._host}`: {_why(error)}")


def segment(name: str) -> str | None:
    """A name as a part of a path; None for one that an API server does not accept and a path would change."""
    allowed = name.replace("-", "").replace(".", "").replace(":", "").replace("_", "")
    return name if allowed.isalnum() and name.isascii() else None


def _continue(page: JsonObject) -> str:
    metadata = page.get("metadata")
    more = metadata.get("continue") if isinstance(metadata, dict) else None
    return more if isinstance(more, str) else ""


def _raise_for(answer: _Answer, path: str, host: str) -> None:
    status = answer.status
    if status == _UNAUTHORIZED:
        raise UsageError(f"the cluster at `{host}` does not accept the credentials", "log in again")
    if status == _DENIED:
        raise Refused("forbidden")
    if status in _ABSENT:
        raise NotThere
    if status == _UNACCEPTABLE:
        raise Refused("not offered without values by the server")
    if status == _GONE:
        raise _Expired
    if not 200 <= status < 300:
        raise UsageError(f"the cluster at `{host}` answers `{path}` with status {status}")


def _is_broken(error: BaseException) -> bool:
    """Whether a connection ended early, which a second one may not: it was made, and nothing took too long."""
    from urllib3.exceptions import ProtocolError

    return isinstance(error, ProtocolError)


def _seconds(text: str, otherwise: float) -> float:
    """The seconds of ``Retry-After``; a date there is not of this API."""
    return float(text) if text.isascii() and text.isdigit() else otherwise


def _why(error: BaseException) -> str:
    """Why a connection failed, without the library's objects."""
    from urllib3.exceptions import (
        ConnectTimeoutError,
        NewConnectionError,
        ProxyError,
        ReadTimeoutError,
        SSLError,
    )

    texts: tuple[tuple[type[BaseException], str], ...] = (
        (ConnectTimeoutError, "no connection in time"),
        (ReadTimeoutError, "no answer in time"),
        (ProxyError, "the proxy does not answer"),
    )
    is_refused = isinstance(error, NewConnectionError)
    for kind, text in texts:
        if isinstance(error, kind) and not is_refused:
            return text
    cause = error.__cause__ if (is_refused or isinstance(error, SSLError)) and error.__cause__ else error
    reason = getattr(cause, "verify_message", "") or getattr(cause, "strerror", "") or ""
    text = str(reason or cause).partition("\n")[0]
    return f"TLS: {text}" if isinstance(error, SSLError) else text
