"""Random repositories of manifests whose names, keys and namespaces are often alike, and random changes of them, by seed."""

import random
from collections.abc import Callable
from typing import Any

import yaml

Files = dict[str, list[dict[str, Any]] | str]
"""By path, the objects of a manifest, or the text of another file."""

_FOLDERS = (
    *("dev/web", "stage/web", "prod/web", "dev/api", "prod/api", "apps/jobs", "apps/tools", "apps/web"),
    *(
        "clusters/eu/web",
        "clusters/us/web",
        "clusters/eu/api",
        "base",
        "examples/web",
        "prod-eu1",
        "web/base",
    ),
)
_NAMES = (
    *("settings", "app-settings", "app-config", "app", "web-config", "web-cfg", "web", "web-login", "agent"),
    *(
        "agent-secret",
        "agent-creds",
        "db",
        "db-replica",
        "config",
        "credentials",
        "app-confg",
        "api-tls",
        "api-ca",
    ),
)
_KEYS = ("LEVEL", "level", "log_level", "app.yaml", "token", "tls.crt", "NAMESERVER", "name")
_SPACES = (None, None, None, "a", "b", "web", "web-prod")
_FILES = ("app.yaml", "config.yaml", "more.yaml", "web.yaml", "app-1.2.yaml", "app-1.3.yaml")


class Chance(random.Random):
    """Chance, and the names that it chooses from: in some repositories each folder has mostly names of its own."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._ends: list[str] = [""]
        self.is_sparse = self.random() < 0.6

    def name(self) -> str:
        return self.choice(_NAMES) + (self._ends[-1] if self.random() < 0.85 else "")

    def begin(self, end: str) -> None:
        """What follows has names with another end."""
        self._ends.append(end if self.is_sparse else "")


def repository(chance: Chance, *, special: bool) -> Files:
    """A repository. A ``special`` one has what makes environments depend on each other in other ways, too."""
    files: Files = {}
    for number, folder in enumerate(chance.sample(_FOLDERS, chance.randint(2, 9))):
        chance.begin(f"-{'abcdefghi'[number]}{number}")
        for name in chance.sample(_FILES, chance.choice((1, 1, 2, 3))):
            files[f"{folder}/{name}"] = [_object(chance) for _ in range(chance.randint(1, 4))]
    for path in [path for path in files if path.startswith("dev/")]:
        if chance.random() < 0.6:
            files[path.replace("dev/", "prod/", 1)] = [dict(each) for each in _objects(files[path])]
    if special:
        for _ in range(chance.randint(1, 2)):
            path, content = chance.choice(_SPECIAL)(chance, files)
            files[path] = content
    return files


def change(chance: Chance, files: Files) -> Files:
    """The repository after a change of a few things."""
    found = {path: _copy(content) for path, content in files.items()}
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        chance.begin(f"-{'abcdefghi'[number := chance.randrange(9)]}{number}")
        chance.choice(_CHANGES)(chance, found)
    return found


def text(content: list[dict[str, Any]] | str) -> str:
    """The text of a file."""
    return content if isinstance(content, str) else "---\n".join(yaml.safe_dump(each) for each in content)


def _copy(content: Any) -> Any:
    return yaml.safe_load(yaml.safe_dump(content))


def _objects(content: list[dict[str, Any]] | str) -> list[dict[str, Any]]:
    return [] if isinstance(content, str) else content


def _object(chance: Chance) -> dict[str, Any]:
    kind = chance.choices(
        ("ConfigMap", "Secret", "Deployment", "DaemonSet", "CronJob", "ServiceAccount", "Service", "Ingress"),
        (28, 12, 25, 5, 5, 8, 8, 4),
    )[0]
    found: dict[str, Any] = {
        "apiVersion": _VERSIONS[kind],
        "kind": kind,
        "metadata": {"name": chance.name()},
    }
    space = chance.choice(_SPACES)
    if space is not None:
        found["metadata"]["namespace"] = space
    keys = chance.sample(_KEYS, chance.randint(0, 4))
    if kind == "ConfigMap":
        found["data"] = {key: chance.choice(("a", "b", "info")) for key in keys}
        if chance.random() < 0.1:
            found["binaryData"] = {"blob": "YQ=="}
    elif kind == "Secret":
        found["stringData"] = dict.fromkeys(keys, "x")
    elif kind == "Ingress":
        found["spec"] = {"tls": [{"secretName": chance.name()}]}
    elif kind in ("Deployment", "DaemonSet"):
        found["spec"] = {"selector": {"matchLabels": {"app": "x"}}, "template": _template(chance)}
    elif kind == "CronJob":
        job = {"template": _template(chance)}
        found["spec"] = {"schedule": "0 * * * *", "jobTemplate": {"spec": job}}
    return found


def _template(chance: Chance) -> dict[str, Any]:
    env = [_variable(chance) for _ in range(chance.randint(0, 3))]
    container: dict[str, Any] = {"name": "main", "image": "registry.example/web:1.0", "env": env}
    if chance.random() < 0.4:
        kind = chance.choice(("configMapRef", "secretRef"))
        container["envFrom"] = [{kind: {"name": chance.name()}}]
    spec: dict[str, Any] = {"containers": [container]}
    if chance.random() < 0.4:
        spec["volumes"] = [_volume(chance)]
        container["volumeMounts"] = [{"name": spec["volumes"][0]["name"], "mountPath": "/x"}]
        if chance.random() < 0.5:
            container["volumeMounts"][0]["subPath"] = chance.choice(_KEYS)
    if chance.random() < 0.3:
        spec["serviceAccountName"] = chance.name()
    return {"metadata": {"labels": {"app": "x"}}, "spec": spec}


def _variable(chance: Chance) -> dict[str, Any]:
    if chance.random() < 0.2:
        return {"name": chance.choice(_KEYS[:3]), "value": chance.choice(("info", "$(LEVEL)"))}
    kind = chance.choice(("configMapKeyRef", "configMapKeyRef", "secretKeyRef"))
    reference: dict[str, Any] = {"name": chance.name(), "key": chance.choice(_KEYS)}
    if chance.random() < 0.2:
        reference["optional"] = True
    return {"name": chance.choice(("A", "B", "LEVEL")), "valueFrom": {kind: reference}}


def _volume(chance: Chance) -> dict[str, Any]:
    name, other = (chance.name(), chance.name())
    match chance.randrange(3):
        case 0:
            return {"name": other, "configMap": {"name": name}}
        case 1:
            item = {"key": chance.choice(_KEYS), "path": "x"}
            return {"name": "v", "secret": {"secretName": name, "items": [item]}}
        case _:
            sources = [{"configMap": {"name": name}}, {"secret": {"name": other}}]
            return {"name": "v", "projected": {"sources": sources}}


_VERSIONS = {
    "ConfigMap": "v1",
    "Secret": "v1",
    "ServiceAccount": "v1",
    "Service": "v1",
    "Ingress": "networking.k8s.io/v1",
    "Deployment": "apps/v1",
    "DaemonSet": "apps/v1",
    "CronJob": "batch/v1",
}

_Special = tuple[str, list[dict[str, Any]] | str]


def _kustomization(chance: Chance, files: Files) -> _Special:
    folder = chance.choice(sorted({path.rpartition("/")[0] for path in files}))
    names = [
        path.rpartition("/")[2]
        for path in files
        if path.startswith(f"{folder}/") and path.count("/") == folder.count("/") + 1
    ]
    content: dict[str, Any] = {"resources": chance.sample(names, chance.randint(0, len(names)))}
    if chance.random() < 0.5:
        content["configMapGenerator"] = [{"name": chance.name(), "literals": ["LEVEL=x"]}]
    if chance.random() < 0.3:
        content["namespace"] = "a"
    return f"{folder}/kustomization.yaml", yaml.safe_dump(content)


def _deployer(chance: Chance, files: Files) -> _Special:
    folder = chance.choice(sorted(path.rpartition("/")[0] for path in files))
    spec = {
        "source": {"path": folder, "repoURL": "https://git.example/x"},
        "destination": {"namespace": chance.choice(("a", "b")), "server": "https://kubernetes.default.svc"},
    }
    found = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web"},
        "spec": spec,
    }
    return "deploy/application.yaml", [found]


def _script(chance: Chance, _files: Files) -> _Special:
    return "docs/setup.sh", f"kubectl create configmap {chance.name()} --from-literal=a=b\n"


def _configuration(chance: Chance, _files: Files) -> _Special:
    entry = {"kind": "ConfigMap", "namespace": "*", "name": chance.name(), "reason": "made elsewhere"}
    choices: list[dict[str, Any]] = [
        {"external": [entry]},
        {"severity": {"CNI102": "error"}},
        {"namespace": "web"},
        {"closed-world": True},
        {"ignore": ["CNI106"]},
        {"environments": {"one": {"roots": ["dev"]}}},
        {"suppressions": [{"code": "CNI102", "reason": "known", "object": "*/agent"}]},
    ]
    return ".cnilint.yaml", yaml.safe_dump(chance.choice(choices))


def _custom_resource(chance: Chance, files: Files) -> _Special:
    folder = chance.choice(sorted(path.rpartition("/")[0] for path in files))
    kind = chance.choice(
        (
            ("external-secrets.io/v1", "ExternalSecret", {"target": {"name": chance.name()}}),
            ("example.org/v1", "Widget", {"configMapName": chance.name()}),
            ("bitnami.com/v1alpha1", "SealedSecret", {"encryptedData": {"token": "x"}}),
            ("cert-manager.io/v1", "Certificate", {"secretName": chance.name()}),
        )
    )
    found = {
        "apiVersion": kind[0],
        "kind": kind[1],
        "metadata": {"name": chance.name()},
        "spec": kind[2],
    }
    return f"{folder}/custom.yaml", [found]


_SPECIAL: tuple[Callable[[Chance, Files], _Special], ...] = (
    _kustomization,
    _deployer,
    _script,
    _configuration,
    _custom_resource,
)


def _manifest(chance: Chance, files: Files) -> list[dict[str, Any]]:
    """The objects of a file, to be changed in place."""
    found = [content for content in files.values() if not isinstance(content, str) and content]
    return chance.choice(found) if found else []


def _change_object(chance: Chance, files: Files) -> None:
    objects = _manifest(chance, files)
    if objects:
        place = chance.randrange(len(objects))
        known = objects[place]
        new = _object(chance)
        if chance.random() < 0.6:
            new = {**_of_kind(chance, known["kind"]), "metadata": dict(known["metadata"])}
        objects[place] = new


def _of_kind(chance: Chance, kind: str) -> dict[str, Any]:
    for _ in range(50):
        found = _object(chance)
        if found["kind"] == kind:
            return found
    return _object(chance)


def _change_key(chance: Chance, files: Files) -> None:
    with_data = [each for each in _every(files) if each.get("data") or each.get("stringData")]
    if with_data:
        found = chance.choice(with_data)
        data = found.get("data") or found["stringData"]
        key = chance.choice(sorted(data))
        value = data.pop(key)
        if chance.random() < 0.6:
            data[chance.choice(_KEYS)] = value


def _change_reference(chance: Chance, files: Files) -> None:
    readers = [each for each in _every(files) if each["kind"] in ("Deployment", "DaemonSet")]
    if readers:
        spec = chance.choice(readers)["spec"]["template"]["spec"]
        spec["containers"][0].setdefault("env", []).append(_variable(chance))
        if chance.random() < 0.5:
            spec["containers"][0]["env"].pop(0)


def _change_name(chance: Chance, files: Files) -> None:
    every = _every(files)
    if every:
        chance.choice(every)["metadata"]["name"] = chance.name()


def _change_space(chance: Chance, files: Files) -> None:
    every = _every(files)
    if every:
        space = chance.choice(_SPACES)
        metadata = chance.choice(every)["metadata"]
        metadata.pop("namespace", None)
        if space is not None:
            metadata["namespace"] = space


def _change_value(chance: Chance, files: Files) -> None:
    every = _every(files)
    if every:
        chance.choice(every)["metadata"]["labels"] = {"x": str(chance.random())}


def _add_object(chance: Chance, files: Files) -> None:
    objects = _manifest(chance, files)
    objects.insert(chance.randint(0, len(objects)), _object(chance))


def _remove_object(chance: Chance, files: Files) -> None:
    objects = _manifest(chance, files)
    if len(objects) > 1:
        objects.pop(chance.randrange(len(objects)))


def _add_file(chance: Chance, files: Files) -> None:
    folder = chance.choice((*_FOLDERS, *(path.rpartition("/")[0] for path in files)))
    files[f"{folder}/{chance.choice(_FILES)}"] = [_object(chance) for _ in range(chance.randint(1, 3))]


def _remove_file(chance: Chance, files: Files) -> None:
    if len(files) > 2:
        del files[chance.choice(sorted(files))]


def _move_file(chance: Chance, files: Files) -> None:
    path = chance.choice(sorted(files))
    if path.endswith(_FILES):
        content = files.pop(path)
        files[f"{chance.choice(_FOLDERS)}/{chance.choice(_FILES)}"] = content


def _add_special(chance: Chance, files: Files) -> None:
    path, content = chance.choice(_SPECIAL)(chance, files)
    files[path] = content


def _every(files: Files) -> list[dict[str, Any]]:
    return [each for content in files.values() for each in _objects(content)]


_CHANGES: tuple[Callable[[Chance, Files], None], ...] = (
    *(_change_object, _change_object, _change_key, _change_key, _change_reference, _change_reference),
    *(_change_name, _change_space, _change_value, _add_object, _add_object, _remove_object),
    *(_add_file, _remove_file, _move_file, _add_special),
)
