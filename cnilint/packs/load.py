"""Pack files to rules. A rule that has no evidence, or no example of either kind, does not load."""

import re
from pathlib import Path

from cnilint.document import Broken, Diagnostic, Node, Sequence, Span, Text
from cnilint.document.yaml import compose
from cnilint.packs.model import (
    SUBJECTS_OF_CODE,
    Effect,
    Evidence,
    ObjectPattern,
    Pack,
    Rule,
    RuleMatch,
    StillRead,
    Subject,
    UpgradeNote,
)
from cnilint.packs.reader import PackError, choice, fields, items, parsed, text, texts
from cnilint.versions import EVERY_VERSION, RangeError, VersionRange, parse_range, parse_version

PACK_SCHEMA = "cnilint-pack/1"

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)?\Z")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_OBJECT = re.compile(r"(?P<kind>[A-Z]\w*)/(?:(?P<namespace>[^/\s]+)/)?(?P<name>[^/\s]+)\Z")
_LISTS = (
    "kinds",
    "workloads",
    "containers",
    "configMaps",
    "files",
    "values",
    "contains",
    "supply",
    "namespaces",
)
_SUPPLIES = ("literal", "configMapKeyRef", "secretKeyRef", "fieldRef", "resourceFieldRef", "empty")


def read_document(path: Path, shown: str | None = None) -> Node:
    """The root node of one rule data file. Raises PackError."""
    name = shown or str(path)
    try:
        content = path.read_text(encoding="utf-8") if path.is_file() else None
    except UnicodeDecodeError:
        raise PackError(_start(name), "cannot be read: it is not UTF-8") from None
    except OSError as error:
        raise PackError(_start(name), f"cannot be read: {error.strerror}") from None
    if content is None:
        raise PackError(_start(name), "there is no such file")
    return read_text(content, name)


def read_text(content: str, name: str) -> Node:
    """The root node of rule data. Raises PackError."""
    origin = Text(name)
    diagnostics: list[Diagnostic] = []
    try:
        node = compose(content, origin, diagnostics)
    except Broken as broken:
        raise PackError(broken.diagnostic.span, str(broken.diagnostic.message)) from None
    if diagnostics:
        is_another = diagnostics[0].code == "CNI125"
        raise PackError(
            diagnostics[0].span, "expected one document" if is_another else str(diagnostics[0].message)
        )
    if node is None:
        raise PackError(_start(name), "expected a mapping, not an empty file")
    return node


def _start(file: str) -> Span:
    return Span(file=file, line=1, column=1, end_line=1, end_column=1)


def load_pack(path: Path, shown: str | None = None) -> Pack:
    """Read one pack file. Raises PackError with the place and what was expected."""
    return read_pack(read_document(path, shown))


def read_pack(root: Node) -> Pack:
    """The pack in a document. Raises PackError."""
    given = fields(root, "the pack", ("schema", "component"), ("rules", "kept", "upgrades"))
    schema = text(given["schema"], "the schema")
    if schema != PACK_SCHEMA:
        raise PackError(given["schema"].span, f"expected the schema {PACK_SCHEMA!r}, not {schema!r}")
    component = text(given["component"], "the component")
    rules = tuple(_rule(node, component) for node in _optional_items(given.get("rules"), "the rules"))
    _refuse_twins(rules)
    return Pack(
        component=component,
        rules=rules,
        kept=tuple(_kept(node) for node in _optional_items(given.get("kept"), "what is kept")),
        upgrades=tuple(
            _upgrade(node, component) for node in _optional_items(given.get("upgrades"), "the upgrade notes")
        ),
    )


def _optional_items(node: Node | None, what: str) -> list[Node]:
    return [] if node is None else items(node, what)


def _refuse_twins(rules: tuple[Rule, ...]) -> None:
    seen: dict[str, Rule] = {}
    for rule in rules:
        if rule.id in seen:
            raise PackError(
                rule.span, f"the rule id {rule.id!r} is already used in line {seen[rule.id].span.line}"
            )
        seen[rule.id] = rule


def _rule(node: Node, component: str) -> Rule:
    required = ("id", "code", "title", "match", "versions", "effect", "why", "evidence", "bad", "good")
    given = fields(node, "a rule", required, ("replacement",))
    code = parsed(given["code"], f"a code out of {', '.join(SUBJECTS_OF_CODE)}", _code)
    match = _match(given["match"])
    if match.subject not in SUBJECTS_OF_CODE[code]:
        raise PackError(given["code"].span, f"{code} does not speak of a setting of the sort {match.subject}")
    if code == "CNI203" and not (match.values or match.contains):
        raise PackError(given["match"].span, "a rule for CNI203 lists the values that are rejected")
    return Rule(
        id=_identifier(given["id"], component),
        component=component,
        code=code,
        title=text(given["title"], "the title"),
        match=match,
        versions=_versions(given["versions"]),
        effect=choice(given["effect"], "the effect", Effect),
        why=text(given["why"], "the reason").strip(),
        replacement=text(given["replacement"], "the replacement").strip() if "replacement" in given else "",
        evidence=_evidence(given["evidence"]),
        bad=_examples(given["bad"], "a bad example"),
        good=_examples(given["good"], "a good example"),
        span=given["id"].span,
    )


def _examples(node: Node, what: str) -> tuple[str, ...]:
    return texts(node, what) if isinstance(node, Sequence) else (text(node, what),)


def _code(value: str) -> str | None:
    return value if value in SUBJECTS_OF_CODE else None


def _identifier(node: Node, component: str) -> str:
    value = text(node, "the id")
    if not _ID.match(value):
        raise PackError(node.span, f"expected an id of lower-case words joined by '-', not {value!r}")
    return value if "/" in value else f"{component}/{value}"


def _match(node: Node) -> RuleMatch:
    given = fields(node, "what a rule matches", ("setting", "names"), (*_LISTS, "where", "beside"))
    lists = {name: texts(given.get(name), name) for name in _LISTS}
    for supply in lists["supply"]:
        if supply not in _SUPPLIES:
            raise PackError(
                given["supply"].span, f"expected a supply out of {', '.join(_SUPPLIES)}, not {supply!r}"
            )
    return RuleMatch(
        subject=choice(given["setting"], "the setting", Subject),
        names=texts(given["names"], "names"),
        kinds=lists["kinds"],
        workloads=lists["workloads"],
        containers=lists["containers"],
        config_maps=lists["configMaps"],
        files=lists["files"],
        values=lists["values"],
        contains=lists["contains"],
        supply=lists["supply"],
        namespaces=lists["namespaces"],
        where=_where(given.get("where")),
        beside=tuple(
            parsed(item, "an object as Kind/name or Kind/namespace/name", object_pattern)
            for item in _optional_items(given.get("beside"), "objects beside")
        ),
    )


def _where(node: Node | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    conditions = []
    for item in _optional_items(node, "conditions"):
        given = fields(item, "a condition", ("key", "values"))
        conditions.append((text(given["key"], "the key"), texts(given["values"], "values")))
    return tuple(conditions)


def object_pattern(value: str) -> ObjectPattern | None:
    """Read ``Kind/name`` or ``Kind/namespace/name``; None when it is neither."""
    match = _OBJECT.match(value)
    return ObjectPattern(match["kind"], match["name"], match["namespace"]) if match else None


def _versions(node: Node) -> VersionRange:
    terms = texts(node, "the versions")
    try:
        return parse_range(terms)
    except RangeError as error:
        raise PackError(node.span, str(error)) from None


def _evidence(node: Node) -> tuple[Evidence, ...]:
    return tuple(_one_evidence(item) for item in items(node, "the evidence"))


def _one_evidence(node: Node) -> Evidence:
    given = fields(
        node, "a piece of evidence", ("checked", "shows"), ("repository", "tag", "commit", "path", "issue")
    )
    checked = text(given["checked"], "the date of the check")
    if not _DATE.match(checked):
        raise PackError(given["checked"].span, f"expected a date as YYYY-MM-DD, not {checked!r}")
    names = {
        name: text(given[name], name)
        for name in ("repository", "tag", "commit", "path", "issue")
        if name in given
    }
    if "issue" in names:
        source = names["issue"]
    elif "repository" in names and ("tag" in names or "commit" in names):
        source = f"{names['repository']}@{names.get('tag') or names['commit']}"
        source += f":{names['path']}" if "path" in names else ""
    else:
        raise PackError(node.span, "expected evidence as an issue, or as a repository with a tag or commit")
    return Evidence(source, checked, text(given["shows"], "what it shows").strip())


def _kept(node: Node) -> StillRead:
    given = fields(node, "a kept setting", ("setting", "names", "why", "evidence"), ("versions",))
    return StillRead(
        subject=choice(given["setting"], "the setting", Subject),
        names=texts(given["names"], "names"),
        versions=_versions(given["versions"]) if "versions" in given else EVERY_VERSION,
        why=text(given["why"], "the reason").strip(),
        evidence=_evidence(given["evidence"]),
    )


def _upgrade(node: Node, component: str) -> UpgradeNote:
    given = fields(node, "an upgrade note", ("id", "version", "title", "why", "action", "evidence"))
    return UpgradeNote(
        id=_identifier(given["id"], component),
        version=parsed(given["version"], "a version", parse_version),
        title=text(given["title"], "the title"),
        why=text(given["why"], "the reason").strip(),
        action=text(given["action"], "what to do").strip(),
        evidence=_evidence(given["evidence"]),
    )
