"""Why a connection failed, in words."""


def is_broken(error: BaseException) -> bool:
    """Whether a connection ended early, which a second one may not: it was made, and nothing took too long."""
    from urllib3.exceptions import ProtocolError

    return isinstance(error, ProtocolError)


def why(error: BaseException) -> str:
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
