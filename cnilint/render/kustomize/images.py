"""The field ``images``: sets name, tag or digest of the images in the containers of every object.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/imagetag (legacy.go, updater.go), internal/image.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Nodes
from operator import is_

from msgspec import Struct

from cnilint.diagnostics.model import Message
from cnilint.document import Mapping, Node, Scalar, child
from cnilint.document import Sequence as List
from cnilint.document.edit import text_at, with_entries, with_items, with_value
from cnilint.document.outlinenodes import may_hold
from cnilint.regex import regex
from cnilint.render.kustomize.kustomization import Kustomization, mappings
from cnilint.render.kustomize.model import Accumulator

_LISTS = ("containers", "initContainers")
_IN_LISTS = "ontainers"
"""What both names have in common."""
_SETS = ("newTag", "digest", "newName")
_REST = r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
_IMAGE = regex(rf"(.*?){_REST}\Z", re.DOTALL)
_UNTOUCHED = "CustomResourceDefinition"


class _Change(Struct, frozen=True):
    """An entry of ``images``. kustomize compiles ``name`` as a regular expression; here it is compared as text.

    ``tagSuffix`` is ignored: it changes no version, and kustomize appends it once or twice, depending on the field.
    """

    name: str
    to: dict[str, Scalar]

    def applied(self, image: Scalar) -> Scalar:
        """The new image with the position of the field that sets it; the image itself when its name is another."""
        match = _IMAGE.fullmatch(image.raw)
        if match is None or match[1] != self.name:
            return image
        name, tag, digest = self.name, match[2] or "", match[3] or ""
        if "newName" in self.to:
            name = self.to["newName"].raw
        if "newTag" in self.to or "digest" in self.to:
            tag = f":{self.to['newTag'].raw}" if "newTag" in self.to else ""
            digest = f"@{self.to['digest'].raw}" if "digest" in self.to else ""
        return text_at(self._place(), name + tag + digest)

    def _place(self) -> Scalar:
        """The token of the new version, or else of the new name."""
        return next(self.to[field] for field in _SETS if field in self.to)


def set_images(kustomization: Kustomization, accumulator: Accumulator) -> None:
    """Set the images of all containers, at any depth of any object."""
    changes = [
        change
        for entry in mappings(kustomization, "images", accumulator)
        if (change := _change(entry, accumulator)) is not None
    ]
    if changes:
        accumulator.resources = [
            each if each.kind == _UNTOUCHED else each.with_node(_changed(each.node, changes))
            for each in accumulator.resources
        ]


def _change(entry: Mapping, accumulator: Accumulator) -> _Change | None:
    for field in ("name", *_SETS):
        node = entry.get(field)
        if node is not None and not (isinstance(node, Scalar) and node.string is not None):
            accumulator.refuse(
                node.span, Message("expected a string in `{field}`", field=field), "quote the value"
            )
            return None
    name = entry.get("name")
    to = {field: node for field in _SETS if isinstance(node := entry.get(field), Scalar) and node.raw}
    return _Change(name.raw, to) if isinstance(name, Scalar) and to else None


def _changed(root: Mapping, changes: Sequence[_Change]) -> Mapping:
    """The tree with the new images, of which all else is shared; the tree itself when no image changed."""
    new: dict[int, Mapping | List] = {}
    for node in reversed(list(_around_containers(root))):
        made = _with_images(node, new, changes) if isinstance(node, Mapping) else _with_new_items(node, new)
        if made is not node:
            new[id(node)] = made
    made = new.get(id(root), root)
    assert isinstance(made, Mapping)
    return made


def _around_containers(root: Mapping) -> Iterator[Mapping | List]:
    """The collections that may have containers in them, outer ones first."""
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar) or not may_hold(node, _IN_LISTS):
            continue
        yield node
        pending.extend(
            node.items if isinstance(node, List) else (entry.value for entry in node.entries.values())
        )


def _with_images(node: Mapping, new: Nodes[int, Node], changes: Sequence[_Change]) -> Mapping:
    """The mapping with the new nodes below it, and the new images of its own containers."""
    changed = {}
    for name, entry in node.entries.items():
        value = new.get(id(entry.value), entry.value)
        if name in _LISTS and isinstance(value, List):
            value = _with_items(value, [_with_image(item, changes) for item in value.items])
        if value is not entry.value:
            changed[name] = entry._replace(value=value)
    return with_entries(node, {**node.entries, **changed}) if changed else node


def _with_new_items(node: List, new: Nodes[int, Node]) -> List:
    return _with_items(node, [new.get(id(item), item) for item in node.items])


def _with_items(node: List, made: list[Node]) -> List:
    return node if all(map(is_, made, node.items)) else with_items(node, made)


def _with_image(container: Node, changes: Sequence[_Change]) -> Node:
    image = child(container, "image")
    if not isinstance(container, Mapping) or not isinstance(image, Scalar):
        return container
    last = image
    for change in changes:
        last = change.applied(last)
    return container if last is image else with_value(container, ("image",), last)
