"""Keys that no release of a component knows, where the keys of a ConfigMap are the options of a program."""

from collections.abc import Iterator
from difflib import get_close_matches
from fnmatch import fnmatchcase

from cnilint.finding import Problem
from cnilint.packs.library import Library
from cnilint.packs.model import Subject
from cnilint.packs.parts import Claim, Part
from cnilint.packs.settings import Setting

_CLOSE = 0.8


def unknown_keys(part: Part, claim: Claim, settings: list[Setting], library: Library) -> Iterator[Problem]:
    """CNI201 as a note for a key that is close to a known one: most likely misspelt, and so never read.

    A key that resembles nothing may be an option that manifests do not set by default: nothing is said.
    """
    patterns = library.components[claim.component].vocabulary
    catalogue = library.catalogue(claim.component)
    if catalogue is None or not any(fnmatchcase(part.owner.name, pattern) for pattern in patterns):
        return
    known = {
        name
        for sort, scope, name in catalogue.entries
        if sort == Subject.CONFIG_KEY and scope == part.owner.name
    }
    for rule in library.rules(claim.component):
        known.update(rule.match.names if rule.match.subject is Subject.CONFIG_KEY else ())
    for kept in library.kept(claim.component):
        known.update(kept.names if kept.subject is Subject.CONFIG_KEY else ())
    for setting in settings:
        if setting.subject is not Subject.CONFIG_KEY or any(
            fnmatchcase(setting.name, name) for name in known
        ):
            continue
        nearest = get_close_matches(setting.name, known, 1, _CLOSE)
        if nearest:
            yield Problem(
                "CNI201",
                setting.span,
                f"No release of {claim.component} that is known here has the key {setting.name!r}, "
                f"and what it does not know it skips without a word",
                hint=f"the nearest known key is {nearest[0]!r}",
                owner=part.owner,
                path=setting.path,
                severity="note",
            )
