"""Tests names and values: DNS-1123 subdomains, keys, placeholders."""

import re
from functools import lru_cache

from cnilint.document.patterns import Pattern
from cnilint.regex import regex

MAX_NAME = 253
"""Characters of a name or a key (apimachinery DNS1123SubdomainMaxLength)."""
_MAX_TEMPLATE = 4 * MAX_NAME
"""Characters of a name with placeholders."""

_SUBDOMAIN = regex(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_KEY = regex(r"[-._a-zA-Z0-9]+")
_PLACEHOLDER = regex(r"\$\(|\$\{|\{\{|\}\}|\$\w|%[sv]|__\w+__|ENC\[")
_SUBSTITUTED = regex(r"\$\{|\{\{|<path:|ENC\[|ref\+")
_EXPRESSION = regex(r"\$\([^)]*\)|\$\{[^}]*\}|\{\{.*?\}\}|<[^>]*>|\$\w+|%[sv]|__\w+__|ENC\[.*\]")


def is_subdomain(name: str) -> bool:
    """Whether the API server accepts it as the name of a ConfigMap, Secret or ServiceAccount."""
    return len(name) <= MAX_NAME and _SUBDOMAIN.fullmatch(name) is not None


def is_key(key: str) -> bool:
    """Whether the API server accepts it as a key of ``data`` (apimachinery IsConfigMapKey)."""
    return len(key) <= MAX_NAME and _is_key(key)


@lru_cache(maxsize=4096)
def _is_key(key: str) -> bool:
    return _KEY.fullmatch(key) is not None and key != "." and not key.startswith("..")


def is_placeholder(text: str) -> bool:
    """Whether the text holds a placeholder to fill in before it is applied: ``${NAME}``, ``{{ .Values.x }}``, ``<name>``."""
    # Brackets are found without the pattern, which would search the rest of the text from each opening one.
    return _PLACEHOLDER.search(text) is not None or -1 < text.find("<") < text.rfind(">")


def is_substituted(value: str) -> bool:
    """Whether a value, which unlike a name may have any sign, is filled in or decrypted before it is applied."""
    return _SUBSTITUTED.search(value) is not None


@lru_cache(maxsize=4096)
def pattern_of(name: str) -> Pattern:
    """The names that a name with placeholders may become; any for one that is too long to be read."""
    if len(name) > _MAX_TEMPLATE:
        return Pattern(".+")
    return Pattern(".+".join(re.escape(piece) for piece in _EXPRESSION.split(name)))
