"""The picture of a live object: its fields as a tree, with their owners before and after the apply."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from cnilint.facts.owner import owner_of
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.managers import role
from cnilint.ownership.predict.unowned import unowned_items
from cnilint.ownership.repair.steps import repair
from cnilint.ownership.rows import joined
from cnilint.report.ownership_view import ManagerRow, OwnershipView, State, TreeRow
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, is_member
from cnilint.ssa.managedfields.defaults import differs_in_defaults_only
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry, ManagerIdentity, without_entries
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, TypedError, item_element
from cnilint.ssa.typed.values import Json, JsonObject, equal

_NOT_SHOWN = frozenset(
    f"f:{name}"
    for name in (
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "managedFields",
        "selfLink",
    )
)
_ROOT_NOT_SHOWN = frozenset(("f:apiVersion", "f:kind", "f:status"))
_LETTERS = len(ascii_uppercase)

_Owned = Sequence[tuple[str, Fields]]
"""What each writer owns below a place, by its letter."""


def ownership_view(audit: ObjectAudit, kinds: Kinds, diagnosis: str, *, everything: bool) -> OwnershipView:
    """The picture of a case. Without ``everything`` fields that stay as they are are counted and left out."""
    prediction = audit.prediction
    written = prediction.written if prediction is not None else None
    after = written.entries + written.foreign if written is not None else ()
    letters = _letters(audit, (*audit.live.entries, *after))
    schema_type = kinds.type_of(audit.live.value)
    before_value = without_entries(audit.live.value)
    painter = _Painter(schema_type, _marks(audit, kinds), everything)
    painter.value(
        before_value,
        written.value if written is not None else before_value,
        [(letters[entry.identity], entry.fields) for entry in audit.live.entries],
        [
            (letters[entry.identity], entry.fields)
            for entry in (after if written is not None else audit.live.entries)
        ],
        schema_type,
    )
    plan = repair(audit, kinds)
    return OwnershipView(
        owner=owner_of(audit.live.obj),
        applier=audit.applier.manager if audit.applier is not None else "",
        predicted=written is not None,
        writers=tuple(_writers(audit, (*audit.live.entries, *after), letters)),
        rows=tuple(joined(painter.rows)),
        unchanged=painter.unchanged,
        causes=audit.causes,
        diagnosis=diagnosis,
        before=plan.before if plan else (),
        after=plan.after if plan else (),
        traps=plan.traps if plan else (),
        uncovered=prediction.uncovered if prediction is not None else (),
    )


def _letters(audit: ObjectAudit, entries: Sequence[ManagedFieldsEntry]) -> Mapping[ManagerIdentity, str]:
    """A letter for each writer, the applier's own first; beyond the alphabet ``A1``, ``B1`` and so on."""
    known = list(dict.fromkeys(entry.identity for entry in entries))
    known.sort(key=lambda one: not (audit.applier is not None and one.manager == audit.applier.manager))
    return {
        identity: ascii_uppercase[number % _LETTERS] + (str(number // _LETTERS) if number >= _LETTERS else "")
        for number, identity in enumerate(known)
    }


def _writers(
    audit: ObjectAudit, entries: Sequence[ManagedFieldsEntry], letters: Mapping[ManagerIdentity, str]
) -> Iterator[ManagerRow]:
    first = {entry.identity: entry for entry in reversed(entries)}
    for identity, letter in letters.items():
        entry = first[identity]
        yield ManagerRow(
            letter=letter, name=identity.text, role=role(entry).value, since=(entry.time or "")[:10]
        )


@dataclass(frozen=True, slots=True)
class _Mark:
    state: State
    note: str


def _marks(audit: ObjectAudit, kinds: Kinds) -> Mapping[FieldPath, _Mark]:
    """What is said of single paths."""
    marks: dict[FieldPath, _Mark] = {}
    if audit.prediction is None:
        for path in unowned_items(audit.live, kinds) if audit.live.entries else ():
            marks[path] = _Mark("unowned", "no manager owns it")
    for left in audit.leftovers:
        marks[left.path] = _Mark("left", f"{left.effect.value}: {left.does}")
    return marks


class _Painter:
    """Walks the object before and after side by side, and collects rows.

    A container gets its row only once something in it has one.
    """

    def __init__(self, root: Type, marks: Mapping[FieldPath, _Mark], everything: bool) -> None:
        self._root = root
        self.rows: list[TreeRow] = []
        self.unchanged = 0
        self._marks = marks
        self._everything = everything
        self._pending: list[TreeRow] = []

    def value(self, before: Maybe, after: Maybe, old: _Owned, new: _Owned, schema_type: Type) -> None:
        self._children(before, after, old, new, schema_type, ())

    def _children(
        self, before: Maybe, after: Maybe, old: _Owned, new: _Owned, schema_type: Type, path: FieldPath
    ) -> None:
        if schema_type.map is not None and _are(dict, before, after):
            self._members(_object(before), _object(after), old, new, schema_type.map, path)
        elif schema_type.list is not None:
            self._items(_list(before), _list(after), old, new, schema_type.list, path)

    def _members(
        self,
        before: JsonObject,
        after: JsonObject,
        old: _Owned,
        new: _Owned,
        struct: MapType,
        path: FieldPath,
    ) -> None:
        for name in {**before, **after}:
            element = f"f:{name}"
            child = struct.child(name)
            hidden = _ROOT_NOT_SHOWN if not path else _NOT_SHOWN if path == ("f:metadata",) else ()
            if child is not None and element not in hidden:
                self._field(
                    before.get(name, ABSENT), after.get(name, ABSENT), old, new, child, (*path, element), name
                )

    def _items(
        self,
        before: list[Json],
        after: list[Json],
        old: _Owned,
        new: _Owned,
        items: ListType,
        path: FieldPath,
    ) -> None:
        olds, news = _by_element(before, items), _by_element(after, items)
        for element in {**olds, **news}:
            label = f"[{_item_label(element)}]"
            self._field(
                olds.get(element, ABSENT),
                news.get(element, ABSENT),
                old,
                new,
                items.element,
                (*path, element),
                label,
            )

    def _field(
        self,
        before: Maybe,
        after: Maybe,
        old: _Owned,
        new: _Owned,
        schema_type: Type,
        path: FieldPath,
        label: str,
    ) -> None:
        element = path[-1]
        olds, news = _below(old, element), _below(new, element)
        mark = self._marks.get(path)
        inside = _has_inside(before, after, schema_type)
        state = mark.state if mark is not None else self._state(before, after, path, inside)
        row = TreeRow(
            depth=len(path) - 1,
            label=label,
            before="" if isinstance(before, Absent) else _owners(olds, inside, state),
            after="" if isinstance(after, Absent) else _owners(news, inside, state),
            state=state,
            note=mark.note if mark is not None else "",
        )
        self._pending.append(row)
        if self._everything or (state != "same"):
            self._show()
        elif not inside:
            self.unchanged += 1
        if inside and (self._everything or state == "same"):
            self._children(before, after, olds, news, schema_type, path)
        if self._pending:
            self._pending.pop()

    def _state(self, before: Maybe, after: Maybe, path: FieldPath, inside: bool) -> State:
        if isinstance(before, Absent):
            return "added"
        if isinstance(after, Absent):
            return "pruned"
        # Of a value that is owned by its parts it is said of these what changed.
        if inside or equal(before, after) or differs_in_defaults_only(before, after, path, self._root):
            return "same"
        return "changed"

    def _show(self) -> None:
        self.rows += self._pending
        self._pending.clear()


def _has_inside(before: Maybe, after: Maybe, schema_type: Type) -> bool:
    """Whether a value is owned by its parts: a granular map, or a list with keys or a set, that holds something."""
    if schema_type.map is not None and not schema_type.map.atomic and _are(dict, before, after):
        return True
    return schema_type.list is not None and not schema_type.list.atomic and _are(list, before, after)


def _owners(owned: _Owned, inside: bool, state: State) -> str:
    """The letters of the owners; of a value that is owned by its parts those who own it as a whole, or, where the
    parts are not shown, anything in it."""
    whole = state in ("added", "pruned")
    letters = "".join(sorted(letter for letter, fields in owned if is_member(fields) or (inside and whole)))
    return letters or ("" if inside and state == "same" else "-")


def _below(owned: _Owned, element: str) -> _Owned:
    return [(letter, found) for letter, fields in owned if (found := fields.get(element)) is not None]


def _by_element(values: list[Json], items: ListType) -> dict[str, Json]:
    out: dict[str, Json] = {}
    for value in values:
        try:
            out.setdefault(item_element(items, value), value)
        except TypedError:
            continue
    return out


def _item_label(element: str) -> str:
    if element.startswith("k:"):
        return ", ".join(str(value) for value in element_keys(element).values())
    return element[2:]


def _are(kind: type, before: Maybe, after: Maybe) -> bool:
    given = [value for value in (before, after) if not isinstance(value, Absent) and value is not None]
    return bool(given) and all(isinstance(value, kind) and value for value in given)


def _object(value: Maybe) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _list(value: Maybe) -> list[Json]:
    return value if isinstance(value, list) else []
