"""What changed between two values of one type, as sets of paths.

Source: structured-merge-diff v6 ``typed/compare.go``.
"""

from msgspec import Struct

from cnilint.ssa.fieldpath.fields import EMPTY, FieldPath, Fields, path_set, recursive_difference, union
from cnilint.ssa.schema.schema import ListType, MapType, Type
from cnilint.ssa.typed.typed import ABSENT, Absent, Maybe, TypedError, as_list, as_object, elements
from cnilint.ssa.typed.values import Json, JsonObject, equal


class Comparison(Struct, frozen=True):
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
    if old == new and equal(old, new):
        return UNCHANGED
    walk = _Walk([], [], [])
    _differ(walk, (), old, new, schema_type)
    return Comparison(path_set(*walk.removed), path_set(*walk.modified), path_set(*walk.added))


class _Walk(Struct, frozen=True):
    """The paths found so far."""

    removed: list[FieldPath]
    modified: list[FieldPath]
    added: list[FieldPath]

    def leaf(self, path: FieldPath, old: Maybe, new: Maybe) -> None:
        if isinstance(old, Absent):
            self.added.append(path)
        elif isinstance(new, Absent):
            self.removed.append(path)
        elif not equal(old, new):
            self.modified.append(path)


def _differ(walk: _Walk, path: FieldPath, old: Maybe, new: Maybe, schema_type: Type) -> None:
    if old is new:
        return
    if isinstance(old, Absent) or isinstance(new, Absent):
        _differ_from_absent(walk, path, old, new, schema_type)
        return
    form = schema_type.form(new)
    if schema_type.only is None and (before := schema_type.form(old)) != form:
        _differ_as(before, walk, path, (old, new), schema_type)
    _differ_as(form, walk, path, (old, new), schema_type)


def _differ_from_absent(walk: _Walk, path: FieldPath, old: Maybe, new: Maybe, schema_type: Type) -> None:
    """A value that came or went: its path and those below it."""
    present = new if isinstance(old, Absent) else old
    assert not isinstance(present, Absent)
    if not _differ_as(schema_type.form(present), walk, path, (old, new), schema_type):
        walk.leaf(path, old, new)


def _differ_as(
    form: str, walk: _Walk, path: FieldPath, values: tuple[Maybe, Maybe], schema_type: Type
) -> bool:
    """Compare the old and the new value in one form; whether they were leaves in it."""
    old, new = values
    if form == "open":
        form = schema_type.first
    is_leaf = True
    if form == "map" and (struct := schema_type.granular_map) is not None:
        is_leaf = not _differ_members(walk, path, as_object(old), as_object(new), struct)
    elif form == "list" and (items := schema_type.granular_list) is not None:
        is_leaf = not _differ_items(walk, path, as_list(old), as_list(new), items)
    if is_leaf:
        walk.leaf(path, old, new)
    return is_leaf


def _differ_members(walk: _Walk, path: FieldPath, old: JsonObject, new: JsonObject, struct: MapType) -> bool:
    """Compares the members of two maps; whether there are any."""
    for name, before in old.items():
        after = new.get(name, ABSENT)
        if before is after:
            continue
        _differ(walk, (*path, "f:" + name), before, after, _child(struct, name))
    for name, after in new.items():
        if name not in old:
            _differ(walk, (*path, "f:" + name), ABSENT, after, _child(struct, name))
    return bool(old or new)


def _child(struct: MapType, name: str) -> Type:
    child = struct.child(name)
    if child is None:
        raise TypedError(f".{name}", "field not declared in schema")
    return child


def _differ_items(
    walk: _Walk, path: FieldPath, old: list[Json], new: list[Json], list_type: ListType
) -> bool:
    """Compares the items of two lists; whether there are any."""
    olds = _grouped(old, list_type)
    news = _grouped(new, list_type)
    for element in olds | news:
        _differ_group(walk, (*path, element), olds.get(element, []), news.get(element, []), list_type.element)
    return bool(old or new)


def _grouped(items: list[Json], list_type: ListType) -> dict[str, list[Json]]:
    out: dict[str, list[Json]] = {}
    for element, item in zip(elements(list_type, items), items, strict=True):
        out.setdefault(element, []).append(item)
    return out


def _differ_group(walk: _Walk, path: FieldPath, old: list[Json], new: list[Json], element_type: Type) -> None:
    """Compare the items of one key: one each as values, several each as a whole, else what comes and goes."""
    several_before, several_after = len(old) > 1, len(new) > 1
    if several_before and several_after:
        if not equal(old, new):
            walk.modified.append(path)
        return
    before = old[0] if len(old) == 1 else ABSENT
    after = new[0] if len(new) == 1 else ABSENT
    _differ(walk, path, before, after, element_type)
    if several_before:
        walk.removed.append(path)
    if several_after:
        walk.added.append(path)
