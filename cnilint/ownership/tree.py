"""The view of a live object: its fields as a tree, with their owners before and after the apply."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import ascii_uppercase

from msgspec import Struct, field
from msgspec.structs import replace

from cnilint.diagnostics.model import Severity
from cnilint.facts.owner import owner_of
from cnilint.ownership.explain.values import value_pair
from cnilint.ownership.explain.wording import clause
from cnilint.ownership.model import ObjectAudit
from cnilint.ownership.predict.managers import role
from cnilint.ownership.predict.unowned import unowned_items
from cnilint.ownership.repair.steps import Repair, repair
from cnilint.report.ownership_view import ManagerRow, OwnershipView, State, TreeRow
from cnilint.ssa.fieldpath.elements import element_keys
from cnilint.ssa.fieldpath.fields import FieldPath, Fields, is_member
from cnilint.ssa.managedfields.computed import is_exact_default
from cnilint.ssa.managedfields.defaults import differs_in_defaults_only
from cnilint.ssa.managedfields.entries import ManagedFieldsEntry, without_entries
from cnilint.ssa.managedfields.server import WriteResult
from cnilint.ssa.predict import extra_fields
from cnilint.ssa.schema.kinds import Kinds
from cnilint.ssa.schema.schema import ListType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, TypedError, as_list, as_object, item_element
from cnilint.ssa.typed.values import Json, JsonObject, equal

_HIDDEN: Mapping[FieldPath, frozenset[str]] = {
    (): frozenset(("apiVersion", "kind", "status")),
    ("f:metadata",): frozenset(
        (
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "managedFields",
            "selfLink",
        )
    ),
}
"""The members that have no row, by the path of what they are in."""

_Owned = Sequence[tuple[str, Fields]]
"""What each writer owns below a place, by its letter."""


def ownership_view(audit: ObjectAudit, kinds: Kinds, diagnosis: str, *, everything: bool) -> OwnershipView:
    """The view of an audit. Without ``everything`` fields that stay as they are are counted and left out."""
    prediction = audit.prediction
    written = prediction.written if prediction is not None else None
    entries = _Entries(audit, written)
    tree = _TreeBuilder(kinds.type_of(audit.live.value), _marks(audit, kinds), everything)
    before = without_entries(audit.live.value)
    tree.add(_Pair(before, written.value if written is not None else before, *entries.owned()))
    plan = repair(audit, kinds) or Repair((), (), ())
    return OwnershipView(
        owner=owner_of(audit.live.obj),
        applier=audit.manager,
        predicted=written is not None,
        writers=tuple(entries.rows()),
        rows=tuple(_with_joined_steps(tree.rows)),
        unchanged=tree.unchanged,
        causes=audit.causes,
        diagnosis=diagnosis,
        before=plan.before,
        after=plan.after,
        traps=plan.traps,
        uncovered=prediction.uncovered if prediction is not None else (),
    )


class _Entries:
    """The entries before and after the apply, each writer with a letter, the applier's own first."""

    def __init__(self, audit: ObjectAudit, written: WriteResult | None) -> None:
        self._before = audit.live.entries
        self._after = audit.live.entries if written is None else (*written.entries, *written.foreign)
        known = list(dict.fromkeys(entry.identity for entry in (*self._before, *self._after)))
        known.sort(key=lambda one: audit.applier is None or one.manager != audit.manager)
        self._letters = {identity: _letter(number) for number, identity in enumerate(known)}

    def owned(self) -> tuple[_Owned, _Owned]:
        """What each writer owns before and after."""
        return self._lettered(self._before), self._lettered(self._after)

    def rows(self) -> Iterator[ManagerRow]:
        first = {entry.identity: entry for entry in reversed((*self._before, *self._after))}
        for identity, letter in self._letters.items():
            entry = first[identity]
            since = (entry.time or "")[:10]
            yield ManagerRow(letter=letter, name=identity.text, role=role(entry).value, since=since)

    def _lettered(self, entries: Sequence[ManagedFieldsEntry]) -> _Owned:
        return [(self._letters[entry.identity], entry.fields) for entry in entries]


def _letter(number: int) -> str:
    """A to Z, and then ``A1``, ``B1`` and so on."""
    turn, place = divmod(number, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(turn) if turn else "")


class _Mark(Struct, frozen=True):
    state: State | None
    note: str
    severity: Severity | None = None


def _marks(audit: ObjectAudit, kinds: Kinds) -> Mapping[FieldPath, _Mark]:
    """What is said of single paths."""
    marks: dict[FieldPath, _Mark] = {}
    for change in audit.changes.changed:
        old, new = value_pair(audit.live, change.path, change.old, change.new)
        if old and new:
            marks[change.path] = _Mark(None, f"`{old}` becomes `{new}`")
    if audit.prediction is None:
        for path in unowned_items(audit.live, kinds) if audit.live.entries else ():
            marks[path] = _Mark("unowned", "no manager owns it")
    for left in audit.leftovers:
        marks[left.path] = _Mark("left", f"{left.effect.value}: {clause(left)}", left.severity)
    return marks


class _Place(Struct, frozen=True, kw_only=True):
    """Where a row is: its path, its label and the type there."""

    path: FieldPath
    label: str
    type: Type


class _Pair:
    """A value before and after the apply, with what each writer owns below it."""

    __slots__ = ("after", "before", "new", "old")

    def __init__(self, before: Maybe, after: Maybe, old: _Owned, new: _Owned) -> None:
        self.before = before
        self.after = after
        self.old = old
        self.new = new

    def below(self, element: str, before: Maybe, after: Maybe) -> "_Pair":
        return _Pair(before, after, _below(self.old, element), _below(self.new, element))

    def members(self) -> Iterator[tuple[str, "_Pair"]]:
        before, after = as_object(self.before), as_object(self.after)
        for name in {**before, **after}:
            yield name, self.below(f"f:{name}", before.get(name, ABSENT), after.get(name, ABSENT))

    def items(self, items: ListType) -> Iterator[tuple[str, "_Pair"]]:
        before, after = _by_element(as_list(self.before), items), _by_element(as_list(self.after), items)
        for element in {**before, **after}:
            yield element, self.below(element, before.get(element, ABSENT), after.get(element, ABSENT))

    def are(self, kind: type) -> bool:
        """Whether what there is of the two is of a kind, and not empty."""
        given = [v for v in (self.before, self.after) if not isinstance(v, Absent) and v is not None]
        return bool(given) and all(isinstance(value, kind) and value for value in given)


class _TreeBuilder:
    """Walks the object before and after side by side, and collects rows.

    A container gets its row only once something in it has one.
    """

    def __init__(self, root: Type, marks: Mapping[FieldPath, _Mark], everything: bool) -> None:
        self.rows: list[TreeRow] = []
        self.unchanged = 0
        self._root = root
        self._value: JsonObject = {}
        self._marks = marks
        self._everything = everything
        self._pending: list[TreeRow] = []

    def add(self, pair: _Pair) -> None:
        """Adds the rows of an object."""
        self._value = as_object(pair.before)
        self._add_children(pair, self._root, ())

    def _add_children(self, pair: _Pair, schema_type: Type, path: FieldPath) -> None:
        if schema_type.map is not None and pair.are(dict):
            hidden = _HIDDEN.get(path, frozenset())
            for name, member in pair.members():
                child = schema_type.map.child(name)
                if child is not None and name not in hidden:
                    self._add(member, _Place(path=(*path, f"f:{name}"), label=name, type=child))
        elif schema_type.list is not None:
            for element, item in pair.items(schema_type.list):
                label = f"[{_item_label(element)}]"
                self._add(item, _Place(path=(*path, element), label=label, type=schema_type.list.element))

    def _add(self, pair: _Pair, place: _Place) -> None:
        inside = _has_inside(pair, place.type)
        row = self._row(pair, place, inside)
        self._pending.append(row)
        same = row.state == "same"
        if self._everything or not same:
            self._show()
        elif not inside:
            self.unchanged += 1
        if inside and (self._everything or same):
            self._add_children(pair, place.type, place.path)
        if self._pending:
            self._pending.pop()

    def _row(self, pair: _Pair, place: _Place, inside: bool) -> TreeRow:
        mark = self._marks.get(place.path)
        state = (mark.state if mark is not None else None) or self._state(pair, place, inside)
        return TreeRow(
            depth=len(place.path) - 1,
            label=place.label,
            before="" if isinstance(pair.before, Absent) else _owners(pair.old, inside, state),
            after="" if isinstance(pair.after, Absent) else _owners(pair.new, inside, state),
            state=state,
            note=mark.note if mark is not None else "",
            severity=mark.severity if mark is not None else None,
        )

    def _state(self, pair: _Pair, place: _Place, inside: bool) -> State:
        before, after = pair.before, pair.after
        if isinstance(before, Absent):
            return "added"
        if isinstance(after, Absent):
            return "same" if self._is_filled_in(before, place) else "pruned"
        # Of a value that is owned by its parts the parts say what changed.
        if inside or equal(before, after) or differs_in_defaults_only(before, after, place.path, self._root):
            return "same"
        return "changed"

    def _is_filled_in(self, before: Json, place: _Place) -> bool:
        """Whether a removed value is of defaults alone, which the server fills in again."""
        lost = list(extra_fields(before, ABSENT, place.type, place.path))
        return bool(lost) and all(is_exact_default(*one, self._value, self._root) for one in lost)

    def _show(self) -> None:
        self.rows += self._pending
        self._pending.clear()


def _has_inside(pair: _Pair, schema_type: Type) -> bool:
    """Whether a value is owned by its parts: a granular map, or a list with keys or a set, that holds something."""
    if schema_type.granular_map is not None and pair.are(dict):
        return True
    return schema_type.granular_list is not None and pair.are(list)


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


class _Node(Struct):
    row: TreeRow
    children: list["_Node"] = field(default_factory=list)


def _with_joined_steps(rows: Iterable[TreeRow]) -> Iterator[TreeRow]:
    """The rows with a field that only leads to one other in the row of that one: ``spec.template.spec``."""
    return _flat(_nested(rows), 0)


def _nested(rows: Iterable[TreeRow]) -> list[_Node]:
    roots: list[_Node] = []
    stack: list[_Node] = []
    for row in rows:
        while stack and stack[-1].row.depth >= row.depth:
            stack.pop()
        node = _Node(row)
        (stack[-1].children if stack else roots).append(node)
        stack.append(node)
    return roots


def _flat(nodes: Sequence[_Node], depth: int) -> Iterator[TreeRow]:
    for node in nodes:
        label = node.row.label
        while len(node.children) == 1 and _says_nothing(node.row):
            node = node.children[0]
            below = node.row.label
            label += below if below.startswith("[") else f".{below}"
        yield replace(node.row, depth=depth, label=label)
        yield from _flat(node.children, depth + 1)


def _says_nothing(row: TreeRow) -> bool:
    return row.state == "same" and not (row.before or row.after or row.note)
