"""Keys that no release of a component knows, where the keys of a ConfigMap are the options of a program."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from cnilint.diagnostics.model import Diagnostic
from cnilint.packs.library import Library
from cnilint.packs.model import RuleMatch, StillRead, Subject
from cnilint.packs.parts import Claim, Part
from cnilint.packs.settings import Setting

_CLOSE = 0.8


def unknown_keys(part: Part, claim: Claim, settings: list[Setting], library: Library) -> Iterator[Diagnostic]:
    """CNI201 as a note for a key that is close to a known one: most likely misspelt, and so never read.

    A key that resembles nothing may be an option that manifests do not set by default: nothing is said.
    """
    patterns = library.components[claim.component].vocabulary
    if part.owner.kind != "ConfigMap" or not any(
        fnmatchcase(part.owner.name, pattern) for pattern in patterns
    ):
        return
    known = _known(library, claim.component, part.owner.name)
    for setting in settings:
        if not known or setting.subject is not Subject.CONFIG_KEY or setting.name in known:
            continue
        nearest = _nearest(setting.name, known)
        if nearest:
            yield Diagnostic(
                code="CNI201",
                span=setting.span,
                message=f"No release of {claim.component} that is known here has the key {setting.name!r}, "
                f"and what it does not know it skips without a word",
                hint=f"the nearest known key is {nearest!r}",
                owner=part.owner,
                path=setting.path,
                severity="note",
            )


@lru_cache(maxsize=32)
def _known(library: Library, component: str, config_map: str) -> frozenset[str]:
    """All keys that any release sets there or any rule names; empty without a catalogue."""
    catalogue = library.catalogue(component)
    if catalogue is None:
        return frozenset()
    known = {
        name for sort, scope, name in catalogue.entries if (sort, scope) == (Subject.CONFIG_KEY, config_map)
    }
    named: list[RuleMatch | StillRead] = [rule.match for rule in library.rules(component)]
    named += library.kept(component)
    known.update(name for each in named if each.subject is Subject.CONFIG_KEY for name in each.names)
    return frozenset(known)


def _nearest(name: str, known: frozenset[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, sorted(known), 1, _CLOSE)), None)
