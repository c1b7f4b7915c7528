"""Requests to an API server: get, list and dry run, with limits of time and size, paging and back-off."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

from msgspec import Struct

from cnilint.cluster.discovery import Discovery
from cnilint.cluster.failures import is_broken, why
from cnilint.cluster.refusals import NotThere, Refused
from cnilint.errors import UsageError
from cnilint.ssa.typed.values import JsonObject, text_at

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
_FAULT = 500
_CHUNK = 1 << 16


class ClientLimits(Struct, frozen=True, kw_only=True):
    """Bounds of one request, in seconds and bytes; ``page`` is the number of objects that one answer may have, ``pages``
    the number of answers of one list.

    ``attempts`` is how often it is sent while the server is busy: after ``delay``, twice that, and so on, or when the
    server says, but at most ``most_delay`` later.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    size: int = 256 * 1024 * 1024
    page: int = 500
    pages: int = 2_000
    attempts: int = 5
    delay: float = 0.5
    most_delay: float = 30.0


_Part = TypeVar("_Part")


class _Expired(Exception):
    """A list was continued too late."""


class _Request(NamedTuple):
    """A request. One with a ``manifest`` is a server-side apply, and always a dry run: there is no request that writes."""

    path: str
    query: Mapping[str, str] = {}
    accept: str = JSON
    manifest: bytes | None = None

    @property
    def method(self) -> str:
        return "GET" if self.manifest is None else "PATCH"

    @property
    def url(self) -> str:
        query = self.query if self.manifest is None else {**self.query, "dryRun": "All"}
        path = quote(self.path, safe="/:")
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def headers(self) -> dict[str, str]:
        own = {"Accept": self.accept, "User-Agent": "cnilint"}
        return own if self.manifest is None else {**own, "Content-Type": "application/apply-patch+yaml"}


class _Answer(NamedTuple):
    status: int
    retry_after: str
    body: bytes


class DryRunAnswer(NamedTuple):
    """The object as it would be stored, or, where the status is not below 300, the reason why it would not."""

    status: int
    value: JsonObject


class ClusterClient:
    """Reads objects from an API server, and asks what an apply would make of them. It cannot write.

    Every method raises UsageError where the server cannot be reached, does not accept the credentials, or stays busy.
    """

    def __init__(self, configuration: "Configuration", limits: ClientLimits) -> None:
        from kubernetes.client.rest import RESTClientObject
        from urllib3.exceptions import HTTPError, LocationParseError

        self._limits = limits
        self._configuration = configuration
        self._failures = (HTTPError, OSError)
        self._host = str(configuration.host).rstrip("/")
        self.discovery = Discovery(self.get)
        try:
            self._pool = RESTClientObject(configuration).pool_manager
        except (OSError, ValueError, LocationParseError) as error:
            raise self._unreachable(error) from None

    def close(self) -> None:
        """Closes the connections."""
        self._pool.clear()

    def get(self, path: str, accept: str = JSON) -> JsonObject:
        """The object at a path. Raises Refused and NotThere."""
        return self._read(_Request(path=path, accept=accept))

    def pages(self, path: str, accept: str = JSON, *, selector: str = "") -> Iterator[JsonObject]:
        """The pages of a list, as ``collect`` reads them."""
        yield from self.collect(path, lambda page: (page,), accept, selector=selector)

    def collect(
        self,
        path: str,
        of: Callable[[JsonObject], Iterable[_Part]],
        accept: str = JSON,
        *,
        selector: str = "",
    ) -> list[_Part]:
        """What ``of`` makes of each page of a list, of the objects whose labels fit; the pages themselves are not kept.

        An expired list is read again as one page. Raises Refused and NotThere.
        """
        labels = {"labelSelector": selector} if selector else {}
        query = {**labels, "limit": str(self._limits.page)}
        page = self._read(_Request(path=path, query=query, accept=accept))
        found = [*of(page)]
        for _ in range(self._limits.pages):
            more = text_at(page, "metadata", "continue")
            if not more:
                return found
            try:
                page = self._read(_Request(path=path, query={**query, "continue": more}, accept=accept))
            except _Expired:
                # As client-go: https://pkg.go.dev/k8s.io/client-go/tools/pager
                return [*of(self._read(_Request(path=path, query=labels, accept=accept)))]
            found += of(page)
        raise UsageError(f"`{self._host}` sends more than {self._limits.pages} pages of `{path}`")

    def dry_run(
        self, path: str, manifest: JsonObject, *, manager: str, force: bool, accept: str = JSON
    ) -> DryRunAnswer:
        """What the server says to a server-side apply that it does not store."""
        query = {"fieldManager": manager, "force": "true" if force else "false"}
        answer = self._patiently(
            _Request(path=path, query=query, accept=accept, manifest=json.dumps(manifest).encode())
        )
        if answer.status == _UNAUTHORIZED:
            raise self._unauthorized()
        return DryRunAnswer(answer.status, self._value(answer))

    def _read(self, request: _Request) -> JsonObject:
        answer = self._patiently(request)
        status = answer.status
        if status == _UNAUTHORIZED:
            raise self._unauthorized()
        if status == _DENIED:
            raise Refused("forbidden")
        if status in _ABSENT:
            raise NotThere
        if status == _UNACCEPTABLE:
            raise Refused("not offered without values by the server")
        if status == _GONE and "continue" in request.query:
            raise _Expired
        if not 200 <= status < 300:
            raise UsageError(f"the cluster at `{self._host}` answers `{request.path}` with status {status}")
        return self._value(answer)

    def _value(self, answer: _Answer) -> JsonObject:
        try:
            value = json.loads(answer.body)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            raise UsageError(f"`{self._host}` does not answer as a Kubernetes API server does")
        return value

    def _patiently(self, request: _Request) -> _Answer:
        """The answer to a request, sent again while the server is busy or the connection breaks."""
        limits = self._limits
        delay = limits.delay
        for attempt in range(limits.attempts):
            is_last = attempt == limits.attempts - 1
            try:
                answer = self._send(request)
            except self._failures as error:
                if is_last or not is_broken(error):
                    raise self._unreachable(error) from None
                wait = delay
            else:
                if is_last or not _is_busy(answer, request):
                    return answer
                wait = _seconds(answer.retry_after, delay)
            time.sleep(min(wait, limits.most_delay))
            delay *= 2
        raise AssertionError("there is at least one attempt")

    def _send(self, request: _Request) -> _Answer:
        from urllib3 import Timeout

        limits = self._limits
        response = self._pool.request(
            request.method,
            self._host + request.url,
            body=request.manifest,
            headers={**request.headers, **self._credentials()},
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

    def _unauthorized(self) -> UsageError:
        return UsageError(f"the cluster at `{self._host}` does not accept the credentials", "log in again")

    def _unreachable(self, error: BaseException) -> UsageError:
        return UsageError(f"cannot reach the cluster at `{self._host}`: {why(error)}")


def _is_busy(answer: _Answer, request: _Request) -> bool:
    """Whether a later request may have another answer. A webhook that fails makes a dry run a 500, again and again."""
    if answer.status == _BUSY:
        return True
    return answer.status >= 500 and (request.manifest is None or answer.status != _FAULT)


def _seconds(text: str, otherwise: float) -> float:
    """The seconds of ``Retry-After``; a date there is not of this API."""
    return float(text) if text.isascii() and text.isdigit() else otherwise
