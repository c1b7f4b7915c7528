"""What changed between two values of one type, as sets of paths.

Source: structured-merge-diff v6 ``typed/compare.go``.
"""

from dataclasses import dataclass

from cnilint.ssa.fieldpath.fields import EMPTY, FieldPath, Fields, path_set, recursive_difference, union
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, TypedError, elements
from cnilint.ssa.typed.values import Json, JsonObject, same


@dataclass(frozen=True, slots=True)
class Comparison:
    """The paths that the new value lacks, has with another value, and has in addition; no path twice."""

    removed: Fields
    modified: Fields
    added: Fields

    @property
    def changed(self) -> Fields:
        """The paths whose value in the new object is not that of the old one."""
        return union(self.modified, self.added)

    @property
    def equal(self) -> bool:
        return not (self.removed or self.modified or self.added)

    def without(self, ignored: Fields) -> "Comparison":
        """The comparison without the ignored paths and whatever is below them."""
        if not ignored or self.equal:
            return self
        return Comparison(
            recursive_difference(self.removed, ignored),
            recursive_difference(self.modified, ignored),
            recursive_difference(self.added, ignored),
        )


UNCHANGED = Comparison(EMPTY, EMPTY, EMPTY)


def compare(old: Json, new: Json, schema_type: Type) -> Comparison:
    """The difference of two values. Raises TypedError for an item without a key or an undeclared field."""
    if old == new and same(old, new):
        return UNCHANGED
    walk = _Walk([], [], [])
    _differ(walk, (), old, new, schema_type)
    return Comparison(path_set(*walk.removed), path_set(*walk.modified), path_set(*walk.added))


@dataclass(frozen=True, slots=True)
class _Walk:
    """The paths found so far."""

    removed: list[FieldPath]
    modified: list[FieldPath]
    added: list[FieldPath]

    def leaf(self, path: FieldPath, old: Maybe, new: Maybe) -> None:
        if isinstance(old, Absent):
            self.added.append(path)
        elif isinstance(new, Absent):
            self.removed.append(path)
        elif not same(old, new):
            self.modified.append(path)


def _differ(walk: _Walk, path: FieldPath, old: Maybe, new: Maybe, schema_type: Type) -> None:
    if old is new:
        return
    if isinstance(new, Absent):
        in_leaf = isinstance(old, Absent) or _differ_as(
            schema_type.form(old), walk, path, old, new, schema_type
        )
    else:
        form = schema_type.form(new)
        if not isinstance(old, Absent) and schema_type.only is None and schema_type.form(old) != form:
            _differ_as(schema_type.form(old), walk, path, old, new, schema_type)
        in_leaf = _differ_as(form, walk, path, old, new, schema_type)
    if not in_leaf:
        if isinstance(old, Absent):
            walk.added.append(path)
        elif isinstance(new, Absent):
            walk.removed.append(path)


def _differ_as(form: str, walk: _Walk, path: FieldPath, old: Maybe, new: Maybe, schema_type: Type) -> bool:
    """Compare in one form; whether the value was a leaf in it."""
    if form == "open":
        form = schema_type.first
    if form == "map" and schema_type.map is not None:
        before = old if isinstance(old, dict) else {}
        after = new if isinstance(new, dict) else {}
        if not schema_type.map.atomic and (before or after):
            _differ_members(walk, path, before, after, schema_type.map)
            return False
    elif form == "list" and schema_type.list is not None:
        olds = old if isinstance(old, list) else []
        news = new if isinstance(new, list) else []
        if not schema_type.list.atomic and (olds or news):
            _differ_items(walk, path, olds, news, schema_type.list)
            return False
    walk.leaf(path, old, new)
    return True


def _differ_members(walk: _Walk, path: FieldPath, old: JsonObject, new: JsonObject, struct: MapType) -> None:
    for name, before in old.items():
        after = new.get(name, ABSENT)
        if before is after:
            continue
        _differ(walk, (*path, "f:" + name), before, after, _child(struct, name))
    for name, after in new.items():
        if name not in old:
            _differ(walk, (*path, "f:" + name), ABSENT, after, _child(struct, name))


def _child(struct: MapType, name: str) -> Type:
    child = struct.child(name)
    if child is None:
        raise TypedError(f".{name}", "field not declared in schema")
    return child


def _differ_items(
    walk: _Walk, path: FieldPath, old: list[Json], new: list[Json], list_type: ListType
) -> None:
    olds = _grouped(old, list_type)
    news = _grouped(new, list_type)
    for element in olds | news:
        _differ_group(walk, (*path, element), olds.get(element, []), news.get(element, []), list_type.element)


def _grouped(items: list[Json], list_type: ListType) -> dict[str, list[Json]]:
    out: dict[str, list[Json]] = {}
    for element, item in zip(elements(list_type, items), items, strict=True):
        out.setdefault(element, []).append(item)
    return out


def _differ_group(walk: _Walk, path: FieldPath, old: list[Json], new: list[Json], element_type: Type) -> None:
    """Compare the items of one key: one each as values, several each as a whole, else what comes and goes."""
    if len(old) <= 1 and len(new) <= 1:
        _differ(walk, path, old[0] if old else ABSENT, new[0] if new else ABSENT, element_type)
    elif len(old) >= 2 and len(new) >= 2:
        if not same(old, new):
            walk.modified.append(path)
    elif len(old) >= 2:
        if new:
            _differ(walk, path, ABSENT, new[0], element_type)
        walk.removed.append(path)
    else:
        if old:
            _differ(walk, path, old[0], ABSENT, element_type)
        walk.added.append(path)
