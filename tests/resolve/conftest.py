"""Environments from YAML text, and the resolutions of their references."""

from collections.abc import Mapping, Sequence

from cnilint.environment.assemble import form
from cnilint.environment.model import Environment
from cnilint.extract.file import scan
from cnilint.packs.library import Library
from cnilint.resolve.index import Index, build
from cnilint.resolve.lookup import resolve
from cnilint.resolve.outcome import Resolution

LIBRARY = Library()


def formed(files: Mapping[str, str]) -> list[Environment]:
    """The environments of files by name."""
    return form([scan(name, text.encode(), LIBRARY) for name, text in files.items()], [])


def indexed(files: Mapping[str, str], **settings: object) -> Index:
    return build(formed(files), **settings)  # type: ignore[arg-type]


def resolutions(files: Mapping[str, str] | str, **settings: object) -> Sequence[Resolution]:
    """The resolutions of all references; a text is a file in a folder without environment words."""
    given = {"app/all.yaml": files} if isinstance(files, str) else files
    return resolve(indexed(given, **settings))


def objects(*texts: str) -> str:
    return "---\n".join(text if text.endswith("\n") else f"{text}\n" for text in texts)


def config_map(name: str = "settings", keys: str = "level", namespace: str = "", binary: str = "") -> str:
    return _holder("ConfigMap", name, namespace, {"data": keys, "binaryData": binary})


def secret(name: str = "settings", keys: str = "level", namespace: str = "") -> str:
    return _holder("Secret", name, namespace, {"stringData": keys})


def _holder(kind: str, name: str, namespace: str, data: Mapping[str, str]) -> str:
    fields = {
        field: ", ".join(f"{key}: aGk=" for key in keys.split()) for field, keys in data.items() if keys
    }
    rest = "".join(f"{field}: {{{text}}}\n" for field, text in fields.items())
    return f"apiVersion: v1\nkind: {kind}\nmetadata: {_metadata(name, namespace)}\n{rest}"


def service_account(name: str, namespace: str = "") -> str:
    return f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {_metadata(name, namespace)}\n"


def pod(spec: str, namespace: str = "", name: str = "agent") -> str:
    """A Pod whose spec is given in flow style."""
    return f"apiVersion: v1\nkind: Pod\nmetadata: {_metadata(name, namespace)}\nspec: {spec}\n"


def _metadata(name: str, namespace: str) -> str:
    return f"{{name: {name}, namespace: {namespace}}}" if namespace else f"{{name: {name}}}"


def container(fields: str) -> str:
    return f"{{containers: [{{name: agent, {fields}}}]}}"


def env(source: str, name: str = "settings", key: str = "level", optional: bool = False) -> str:
    """A spec with a variable from ``configMapKeyRef`` or ``secretKeyRef``."""
    extra = ", optional: true" if optional else ""
    return container(f"env: [{{name: A, valueFrom: {{{source}: {{name: {name}, key: {key}{extra}}}}}}}]")


def env_from(source: str = "configMapRef", name: str = "settings", optional: bool = False) -> str:
    extra = ", optional: true" if optional else ""
    return container(f"envFrom: [{{{source}: {{name: {name}{extra}}}}}]")


def mounts(*sub_paths: str, name: str = "settings", optional: bool = False) -> str:
    """A spec that mounts a ConfigMap by sub-paths."""
    extra = ", optional: true" if optional else ""
    mounted = ", ".join(f"{{name: v, mountPath: /{path}, subPath: {path}}}" for path in sub_paths)
    volume = f"{{name: v, configMap: {{name: {name}{extra}}}}}"
    return f"{{volumes: [{volume}], containers: [{{name: agent, volumeMounts: [{mounted}]}}]}}"
