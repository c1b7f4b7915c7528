"""Settles the namespace of every object of an environment.

The first of these that gives one: the namespace that the deployer puts in place of the manifests' own (Flux
``targetNamespace``); the manifest, with the deployer's variables filled in; the default of the environment, which is
the configuration's, else the deployer's destination, else ``--namespace``. A cluster-scoped object gets no default.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from cnilint.diagnostics.model import ObjectRef
from cnilint.extract.model import ObjectFacts
from cnilint.facts.model import Definition
from cnilint.gitops.helm import Release
from cnilint.render.kustomize.scope import is_cluster_scoped


def settled(
    facts: Iterable[ObjectFacts], *, default: str | None, override: str | None = None
) -> tuple[ObjectFacts, ...]:
    """The facts of an environment's objects with their final namespaces.

    ``override`` replaces the namespace that a manifest names, ``default`` is for one that names none.
    """
    if default is None and override is None:
        return tuple(facts)
    return tuple(_settled(fact, default, override) for fact in facts)


def _settled(fact: ObjectFacts, default: str | None, override: str | None) -> ObjectFacts:
    written = fact.owner.namespace
    owner = _owner(fact.owner, default, override)
    definitions = tuple(_definition(each, written, owner, default) for each in fact.definitions)
    if owner is fact.owner and definitions == fact.definitions:
        return fact
    references = tuple(replace(each, owner=owner) for each in fact.stated.references)
    return replace(
        fact,
        owner=owner,
        stated=replace(fact.stated, owner=owner, references=references),
        definitions=definitions,
        releases=tuple(_release(each, written, owner) for each in fact.releases),
        read=fact.as_read if written in (None, owner.namespace) else None,
    )


def _release(release: Release, written: str | None, owner: ObjectRef) -> Release:
    """A release into the namespace of its object moves with it."""
    if release.namespace not in (None, written):
        return release
    return replace(release, namespace=owner.namespace)


def _owner(owner: ObjectRef, default: str | None, override: str | None) -> ObjectRef:
    if owner.namespace is not None:
        return owner if override in (None, owner.namespace) else replace(owner, namespace=override)
    if default is None or is_cluster_scoped(owner.api_version, owner.kind):
        return owner
    return replace(owner, namespace=default, defaulted=True)


def _definition(
    definition: Definition, written: str | None, owner: ObjectRef, default: str | None
) -> Definition:
    """What an object defines in its own namespace moves with it; a namespace that nothing gives is the default."""
    namespace = definition.namespace
    if namespace is None:
        namespace = default
    elif namespace == written:
        namespace = owner.namespace
    return definition if namespace == definition.namespace else replace(definition, namespace=namespace)
