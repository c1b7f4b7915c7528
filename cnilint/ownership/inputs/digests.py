"""Values of Secrets as digests, by which a manifest and a live object are compared without keeping either value.

The key is drawn anew in every process: a digest tells nothing outside of it. The empty text is an unknown value: one
that is redacted, encrypted or filled in later.
"""

from base64 import b64decode
from binascii import Error
from hashlib import blake2b
from secrets import token_bytes

from cnilint.manifest.names import is_substituted
from cnilint.ssa.typed.values import Json, JsonObject

UNKNOWN = ""
_KEY = token_bytes(32)


def data_digest(value: Json) -> str:
    """The digest of a value under ``data``, which is base64."""
    if not isinstance(value, str) or not value:
        return UNKNOWN
    try:
        return _digest(b64decode("".join(value.split()), validate=True))
    except (Error, ValueError):
        return UNKNOWN


def text_digest(value: Json) -> str:
    """The digest of a value under ``stringData``."""
    if not isinstance(value, str) or is_substituted(value):
        return UNKNOWN
    return _digest(value.encode("utf-8", "surrogatepass"))


def with_known_digests(manifest: JsonObject, live: JsonObject) -> JsonObject:
    """A manifest of a Secret with the live digest of every value that is unknown on either side, so that what cannot be
    compared is no difference."""
    data, held = manifest.get("data"), live.get("data")
    if not isinstance(data, dict) or not isinstance(held, dict):
        return manifest
    known = {
        name: held[name] if name in held and UNKNOWN in (digest, held[name]) else digest
        for name, digest in data.items()
    }
    return {**manifest, "data": known}


def _digest(data: bytes) -> str:
    return blake2b(data, key=_KEY, digest_size=16).hexdigest()
