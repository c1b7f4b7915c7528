"""The field ``images``: sets name, tag or digest of the images in the containers of every object.

Source: sigs.k8s.io/kustomize/api v0.18.0 filters/imagetag (legacy.go, updater.go), internal/image.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from cnilint.diagnostics.model import Message
from cnilint.document import Mapping, Node, Scalar, child, items, walk
from cnilint.document.edit import rebuilt, text_at
from cnilint.render.kustomize.kustomization import Kustomization, mappings
from cnilint.render.kustomize.model import Accumulator

_LISTS = ("containers", "initContainers")
_SETS = ("newTag", "digest", "newName")
_REST = r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
_IMAGE = re.compile(rf"(.*?){_REST}\Z", re.DOTALL)
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
    """The tree with the new images; the tree itself when no image changed."""
    new: dict[int, Scalar] = {}
    for image in _images(root):
        last = image
        for change in changes:
            last = change.applied(last)
        if last is not image:
            new[id(image)] = last
    if not new:
        return root
    made = rebuilt(
        root, lambda scalar: new.get(id(scalar), scalar), lambda node: (node.text, node.start, node.end)
    )
    assert isinstance(made, Mapping)
    return made


def _images(root: Node) -> Iterator[Scalar]:
    for node in walk(root):
        for field in _LISTS if isinstance(node, Mapping) else ():
            for container in items(node, field):
                image = child(container, "image")
                if isinstance(image, Scalar):
                    yield image
