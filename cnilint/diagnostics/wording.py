"""Phrases that messages share."""


def object_name(kind: str, namespace: str | None, name: str) -> str:
    """``ConfigMap 'kube-system/app'``, without the namespace where it is not known."""
    return f"{kind} '{namespace}/{name}'" if namespace and namespace != "*" else f"{kind} '{name}'"


def quantity(number: int, noun: str) -> str:
    """``1 object``, ``2 objects``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
