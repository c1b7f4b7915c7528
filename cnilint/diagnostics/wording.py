"""The words that messages share."""

from cnilint.facts.model import Reference


def subject(reference: Reference) -> str:
    """The reader of a reference, for the beginning of a sentence."""
    owner = f"{reference.owner.kind} '{reference.owner.name}'"
    return f"container '{reference.container}' of {owner}" if reference.container else owner


def object_name(kind: str, namespace: str | None, name: str) -> str:
    """``ConfigMap 'kube-system/app'``, without the namespace where it is not known."""
    return f"{kind} '{namespace}/{name}'" if namespace and namespace != "*" else f"{kind} '{name}'"


def quantity(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
