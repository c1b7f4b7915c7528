"""Keys that no release of a component has, where the keys of a ConfigMap are the options of a program."""

from collections.abc import Iterator
from functools import lru_cache

from cnilint.diagnostics.model import Diagnostic, Message
from cnilint.diagnostics.suggest import closest
from cnilint.packs.library import Library
from cnilint.packs.match import fits
from cnilint.packs.model import RuleMatch, StillRead, Subject
from cnilint.packs.parts import Membership, Part
from cnilint.packs.settings import Setting

_MISSPELT = 0.8
"""From this similarity on a key is a misspelling of a known one."""


def unknown_keys(
    part: Part, membership: Membership, settings: list[Setting], library: Library
) -> Iterator[Diagnostic]:
    """CNI201 as a note for a key that is close to a known one: probably misspelt, and so never read.

    A key that resembles none may be an option that manifests do not set by default: it is not reported.
    """
    if part.owner.kind != "ConfigMap":
        return
    vocabulary = library.components[membership.component].vocabulary
    if not vocabulary or not fits(vocabulary, part.owner.name):
        return
    known = _known(library, membership.component, part.owner.name)
    for setting in settings:
        if setting.subject is not Subject.CONFIG_KEY or setting.name in known:
            continue
        meant = closest(setting.name, sorted(known), _MISSPELT)
        if meant:
            yield Diagnostic(
                code="CNI201",
                span=setting.span,
                message=Message(
                    "unknown key `{key}`: no known release of {component} reads it",
                    key=setting.name,
                    component=membership.component,
                ),
                hint=f"did you mean `{meant}`?",
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
    for table in library.tables(component):
        for read in table.reads:
            if read.setting is Subject.CONFIG_KEY and fits(read.config_maps, config_map):
                known.update(table.written(read))
    return frozenset(known)
