"""What selects findings: a code, the beginning or the name of one, or the id of a rule."""

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from cnilint.findings.codes import Code
from cnilint.regex import regex

_CODE = regex(r"CNI[0-9]{1,3}", re.IGNORECASE)
EXPECTED = "a code such as CNI101, the beginning or the name of one, or the id of a rule"


def canonical(text: str, codes: Mapping[str, Code]) -> str:
    """A selector as ``selects`` takes it: a code or prefix in capitals, or a rule id; empty where no code fits.

    The name of a code becomes the code. Whether a rule exists is not known here.
    """
    if _CODE.fullmatch(text):
        prefix = text.upper()
        return prefix if any(code.startswith(prefix) for code in codes) else ""
    if is_rule(text):
        return text
    return next((code for code, entry in codes.items() if entry.name == text.lower()), "")


def canonical_all(texts: Iterable[str], codes: Mapping[str, Code]) -> tuple[str, ...]:
    """The canonical forms of those that fit a code or may be a rule."""
    return tuple(found for text in texts if (found := canonical(text, codes)))


def is_rule(selector: str) -> bool:
    """Whether a selector names rules, such as ``cilium/tunnel`` or ``cilium/*``, and not codes."""
    return "/" in selector


def selects(selector: str, code: str, rule: str | None) -> bool:
    """Whether a canonical selector selects findings of a code that a rule found, None for no rule."""
    if is_rule(selector):
        return rule is not None and fnmatchcase(rule, selector)
    return code.startswith(selector)


def selects_any(selectors: Iterable[str], code: str, rule: str | None) -> bool:
    """Whether one of the selectors selects."""
    return any(selects(selector, code, rule) for selector in selectors)


def closest_selector(text: str, codes: Mapping[str, Code]) -> str:
    """The name of a code that a text was probably meant to be; empty if none is near. Numbers resemble one another."""
    from cnilint.diagnostics.suggest import closest

    return (
        "" if text[:3].upper() == "CNI" else closest(text.lower(), [entry.name for entry in codes.values()])
    )
