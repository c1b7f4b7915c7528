"""What a comparison with another revision needs to know of a revision that was analyzed: its environments without their
objects, and by what names, namespaces and keys the results of one environment depend on what others hold.

Names are kept as numbers that equal ones share: two that differ may share one too, which only makes a comparison look at
more than it has to.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from hashlib import blake2b
from posixpath import dirname
from typing import TypeVar
from zlib import crc32

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from cnilint.analysis.check import Analysis
from cnilint.cache.messages import decode_message, encode_message
from cnilint.checks import CHECKS
from cnilint.diagnostics.model import Diagnostic
from cnilint.environment import Environment
from cnilint.environment.groups import BY_ITSELF
from cnilint.environment.namespace import settled
from cnilint.environment.twins import lone
from cnilint.environment.words import Words
from cnilint.extract.model import ObjectFacts
from cnilint.report.model import Coverage, EnvironmentSummary, Report
from cnilint.resolve.holders import known_namespace
from cnilint.resolve.outcome import Resolution
from cnilint.resolve.related import said
from cnilint.resolve.search import MOST, Comparisons

_Place = TypeVar("_Place", str, tuple[str, str])
Tokens = tuple[int, ...]
CODES = {code: number for number, code in enumerate(CHECKS)}
"""The positions of the codes, in whose order checks run."""
_SIZE = 16


class EnvironmentRecord(Struct, frozen=True, kw_only=True):
    """An environment without its objects, which are those of ``files`` as they are, by position in the list of files; None
    where something else made them. ``lone``: no twin of its folder depends on what it holds. ``found`` is a digest of what
    the run found out about it."""

    environment: Environment
    files: tuple[int, ...] | None
    lone: bool
    found: bytes


class SpentComparisons(Struct, frozen=True, array_like=True, kw_only=True):
    """A place that made comparisons, by the positions of its code and its environment: how many were left before and
    after."""

    code: int
    environment: int
    before: int
    after: int


Spent = tuple[SpentComparisons, ...]


class RevisionRecord(Struct, frozen=True, kw_only=True):
    """A revision that was analyzed.

    By position of the environment, ``environments`` has the records, ``words`` the tokens of the names in it, ``spaces`` those
    of the namespaces in which it defines something, ``owners`` those of its objects, ``asked`` what it asked of all others.
    ``variants`` are the folders that hold variants of one file.
    """

    names: tuple[str, ...]
    environments: tuple[msgspec.Raw, ...]
    words: tuple[Tokens, ...]
    spaces: tuple[Tokens, ...]
    owners: tuple[Tokens, ...]
    asked: dict[int, Tokens]
    families: tuple[tuple[str, tuple[Words, ...]], ...]
    variants: frozenset[str]
    near: Spent
    elsewhere: Spent
    keys: Spent
    summaries: tuple[EnvironmentSummary, ...]
    coverage: Coverage
    notices: tuple[str, ...]
    secret_files: frozenset[str]
    selects_objects: bool

    def environment(self, position: int) -> EnvironmentRecord:
        """The record of an environment."""
        return msgspec.json.decode(
            self.environments[position], type=EnvironmentRecord, dec_hook=decode_message
        )

    def all_families(self) -> Mapping[str, Set[Words]]:
        """The words of the environments of each family."""
        return {family: set(words) for family, words in self.families}


def encoded_record(analysis: Analysis, report: Report) -> bytes | None:
    """The record of a revision as bytes; None where a comparison could not do with it."""
    if not _is_plain(analysis):
        return None
    try:
        return msgspec.json.encode(_record(analysis, report), enc_hook=encode_message)
    except (UnicodeEncodeError, msgspec.MsgspecError, OverflowError, RecursionError):
        return None


def decoded_record(data: bytes) -> RevisionRecord | None:
    """The record from its bytes; None for anything else."""
    try:
        return msgspec.json.decode(data, type=RevisionRecord)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def token(*parts: str) -> int:
    """The number of some texts."""
    return crc32("\0".join(parts).encode("utf-8", "surrogatepass"))


def names_in(facts: Iterable[ObjectFacts]) -> set[int]:
    """The tokens of the names that objects define or refer to. Names that say the same share one: what a reference means is
    looked for among them."""
    found: set[str] = set()
    for fact in facts:
        found.update(each.name for each in fact.definitions)
        for reference in fact.stated.references:
            found.add(reference.name)
            found.update(name for _, name in reference.alternatives)
        found.update(each.name for container in fact.stated.containers for each in container.bulk)
    return {token("name", " ".join(sorted(said(name))) or name) for name in found}


def spaces_in(facts: Iterable[ObjectFacts]) -> set[int]:
    """The tokens of the kinds and namespaces of what objects define, as far as these are known."""
    every = ((each.kind, known_namespace(each.namespace)) for fact in facts for each in fact.definitions)
    return {token("namespace", kind, namespace) for kind, namespace in every if namespace is not None}


def owners_in(facts: Iterable[ObjectFacts]) -> set[int]:
    """The tokens of the kinds and names of objects."""
    return {token("owner", fact.owner.kind, fact.owner.name) for fact in facts}


def found_in(diagnostics: Iterable[Diagnostic], resolutions: Iterable[Resolution]) -> Mapping[str, bytes]:
    """By environment, a digest of its diagnostics and of the outcomes of its references."""
    parts: defaultdict[str, list[bytes]] = defaultdict(list)
    encoder = msgspec.json.Encoder(enc_hook=encode_message)
    for each in resolutions:
        parts[each.environment.name].append(each.outcome.value.encode())
    for found in diagnostics:
        parts[found.environment].append(encoder.encode(found))
    return {name: blake2b(b"\0".join(some), digest_size=_SIZE).digest() for name, some in parts.items()}


def left_before(spent: Spent, code: int, environment: int) -> int:
    """How many comparisons are left when a place is come to."""
    earlier = [each for each in spent if (each.code, each.environment) < (code, environment)]
    return earlier[-1].after if earlier else MOST


def _is_plain(analysis: Analysis) -> bool:
    """Whether environments depend on each other by what is recorded only: not by what is installed, applied from elsewhere,
    made by controllers or mentioned by scripts, and not by suppressions."""
    config, gathered, index = analysis.settings.config, analysis.gathered, analysis.index
    special: tuple[object, ...] = (
        *(
            config.environments,
            config.suppressions,
            gathered.comments,
            gathered.imperative,
            gathered.overlays,
        ),
        *(index.releases, index.chart_sources, index.mentions, index.foreign, index.unread, index.creations),
        *(index.mounted, index.accounts_of_charts, index.live, index.denied, gathered.source.named),
        *(gathered.source.skipped, gathered.rendered, gathered.kept),
    )
    facts = (fact for environment in analysis.environments for fact in environment.objects)
    return not any(special) and not any(
        fact.deployments or fact.address or fact.owner.ignore for fact in facts
    )


def _record(analysis: Analysis, report: Report) -> RevisionRecord:
    environments, search = analysis.environments, analysis.search
    files = _files(analysis)
    folders = lone(_identities(environments))
    found = found_in(analysis.diagnostics, analysis.resolutions)
    encoder = msgspec.json.Encoder(enc_hook=encode_message)
    positions = {each.name: number for number, each in enumerate(environments)}
    return RevisionRecord(
        names=tuple(positions),
        environments=tuple(
            msgspec.Raw(
                encoder.encode(
                    EnvironmentRecord(
                        environment=replace(each, objects=()),
                        files=files.get(each.name),
                        lone=each.roots[0] in folders,
                        found=found.get(each.name, b""),
                    )
                )
            )
            for each in environments
        ),
        words=tuple(tuple(names_in(each.objects)) for each in environments),
        spaces=tuple(tuple(spaces_in(each.objects)) for each in environments),
        owners=tuple(tuple(owners_in(each.objects)) for each in environments),
        asked={positions[name]: tuple(token(*each) for each in some) for name, some in search.asked.items()},
        families=tuple((family, tuple(words)) for family, words in analysis.index.families.items()),
        variants=frozenset(
            dirname(each.roots[0]) for each in environments if each.reason.startswith(BY_ITSELF)
        ),
        near=tuple(_spent(search.near, lambda name: (0, positions[name]))),
        elsewhere=tuple(_spent(search.elsewhere, lambda name: (0, positions[name]))),
        keys=tuple(_spent(search.keys, lambda place: (CODES[place[0]], positions[place[1]]))),
        summaries=report.environments,
        coverage=report.coverage,
        notices=analysis.notices,
        secret_files=report.secret_files,
        selects_objects=analysis.selects_objects,
    )


def _spent(
    comparisons: Comparisons[_Place], position: Callable[[_Place], tuple[int, int]]
) -> Iterator[SpentComparisons]:
    """The places that made comparisons, in order."""
    for place in comparisons.spent():
        code, environment = position(place)
        yield SpentComparisons(
            code=code,
            environment=environment,
            before=comparisons.begun[place],
            after=comparisons.ended[place],
        )


def _identities(environments: Iterable[Environment]) -> Mapping[str, frozenset[tuple[str, str]]]:
    """By folder, the objects in it."""
    found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for environment in environments:
        found[environment.roots[0]].update((fact.owner.kind, fact.owner.name) for fact in environment.objects)
    return {folder: frozenset(some) for folder, some in found.items()}


def _files(analysis: Analysis) -> Mapping[str, tuple[int, ...]]:
    """By environment, the positions of its files, where its objects are just theirs."""
    gathered = analysis.gathered
    positions = {path: number for number, path in enumerate(analysis.source.files)}
    changed = {file.file for file in gathered.files if file.embedded_by or file.gaps}
    found: dict[str, tuple[int, ...]] = {}
    for environment in analysis.environments:
        files = tuple(dict.fromkeys(fact.owner.span.file for fact in environment.objects))
        are_known = all(file in gathered.scanned and file not in changed for file in files)
        if not are_known or environment.gaps or environment.refusals:
            continue
        facts = [fact for file in files for fact in gathered.scanned[file].objects]
        if _are_same(settled(facts, default=environment.namespace), environment.objects):
            found[environment.name] = tuple(positions[file] for file in files)
    return found


def _are_same(one: Sequence[ObjectFacts], other: Sequence[ObjectFacts]) -> bool:
    return len(one) == len(other) and all(
        first is second or first == second for first, second in zip(one, other, strict=True)
    )
