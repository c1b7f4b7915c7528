"""From a path of FieldsV1 to the place in the dump: the token to point at, and the path as reports show it."""

from cnilint.apply.fields import Path, element_keys, value_element
from cnilint.apply.schema import ListType, Type
from cnilint.apply.typed import TypedError, item_element
from cnilint.apply.values import Json, same
from cnilint.document import Mapping, Node, Scalar, Sequence, Span
from cnilint.document.scalars import ScalarError

_UNSAFE = frozenset('.[]"')


def place(root: Mapping, path: Path, schema_type: Type) -> tuple[Span, str, Node] | None:
    """The token of a field, key or item, its path ``spec.containers[0].env[3]``, and its value.

    None where the object has no such field. The token of an item is the value of its key field.
    """
    node: Node = root
    here: Type | None = schema_type
    span, shown = root.span, ""
    for element in path:
        step = _step(node, element, here)
        if step is None:
            return None
        span, label, node, here = step
        shown = f"{shown}{label}" if label.startswith("[") else f"{shown}.{label}"
    return span, shown.removeprefix("."), node


def index_of(node: Node | None, element: str, schema_type: Type | None) -> int | None:
    """The position of an item in a list, by its path element."""
    if not isinstance(node, Sequence):
        return None
    items = None if schema_type is None else schema_type.list
    for index, item in enumerate(node.items):
        if _is(item, element, items):
            return index
    return None


def steps_to(value: Json, path: Path, schema_type: Type) -> list[str | int] | None:
    """The names and positions that lead to a path in a plain value; None where it has no such field."""
    here: Type | None = schema_type
    steps: list[str | int] = []
    for element in path:
        step = _plain_step(value, element, here)
        if step is None:
            return None
        name, value, here = step
        steps.append(name)
    return steps


def value_at(value: Json, path: Path, schema_type: Type) -> Json:
    """The plain value at a path; null where there is none."""
    for step in steps_to(value, path, schema_type) or ():
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


def short(path: Path) -> str:
    """A path as a sentence has it: ``env[CNI_NET_DIR]`` of a variable, ``metadata.annotations[x/y]`` of a key."""
    return "".join(map(_label, path)).removeprefix(".")


def _step(node: Node, element: str, here: Type | None) -> tuple[Span, str, Node, Type | None] | None:
    if element[:2] == "f:":
        entry = node.entries.get(element[2:]) if isinstance(node, Mapping) else None
        if entry is None:
            return None
        below = here.map.child(element[2:]) if here is not None and here.map is not None else None
        return entry.key.span, element[2:], entry.value, below
    index = index_of(node, element, here)
    if index is None or not isinstance(node, Sequence):
        return None
    item = node.items[index]
    return _token(item, element), f"[{index}]", item, here.list.element if here and here.list else None


def _plain_step(value: Json, element: str, here: Type | None) -> tuple[str | int, Json, Type | None] | None:
    if isinstance(value, dict) and element[:2] == "f:" and element[2:] in value:
        below = here.map.child(element[2:]) if here is not None and here.map is not None else None
        return element[2:], value[element[2:]], below
    if isinstance(value, list) and here is not None and here.list is not None:
        for index, item in enumerate(value):
            try:
                if item_element(here.list, item) == element:
                    return index, item, here.list.element
            except TypedError:
                continue
    return None


def _token(item: Node, element: str) -> Span:
    if isinstance(item, Mapping):
        for name in element_keys(element):
            entry = item.entries.get(name)
            if entry is not None and isinstance(entry.value, Scalar):
                return entry.value.span
        return next(iter(item.entries.values())).key.span if item.entries else item.span
    return item.span


def _is(item: Node, element: str, items: ListType | None) -> bool:
    if element[:2] == "k:":
        if not isinstance(item, Mapping):
            return False
        defaults = {} if items is None else items.key_defaults()
        wanted = element_keys(element)
        return all(_has(item, name, value, defaults) for name, value in wanted.items())
    return element[:2] == "v:" and isinstance(item, Scalar) and element == f"v:{_json(item)}"


def _has(item: Mapping, name: str, value: Json, defaults: dict[str, Json]) -> bool:
    entry = item.entries.get(name)
    if entry is None:
        return name in defaults and same(defaults[name], value)
    if not isinstance(entry.value, Scalar):
        return False
    try:
        return same(entry.value.data, value)
    except ScalarError:
        return False


def _json(item: Scalar) -> str:
    try:
        return value_element(item.data)[2:]
    except ScalarError:
        return ""


def _label(element: str) -> str:
    kind, text = element[:2], element[2:]
    if kind == "f:":
        return f"[{text}]" if _UNSAFE & set(text) else f".{text}"
    if kind == "k:":
        return f"[{','.join(str(value) for value in element_keys(element).values())}]"
    return f"[{text}]"
