"""Random kustomizations: a base, perhaps a component, one or two overlays, from a seed."""

import random
from io import StringIO

from ruamel.yaml import YAML

from tests.render.kustomize.oracle import Tree

_KINDS = ("Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod")
_API = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1"}
_POD_PATH = {
    "Pod": ["spec"],
    "CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
}
Value = dict[str, "Value"] | list["Value"] | str | int | bool | None


def generated(seed: int) -> tuple[Tree, str]:
    """A repository and the directory to build."""
    return _Repository(random.Random(seed)).made()


class _Repository:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.tree: Tree = {}
        self.maps: list[str] = []
        self.secrets: list[str] = []
        self.accounts: list[str] = []
        self.workloads: list[tuple[str, str]] = []
        self.hashed: set[str] = set()

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def made(self) -> tuple[Tree, str]:
        self._base()
        if self.chance(0.3):
            self._overlay("middle", "../base")
            self._overlay("top", "../middle")
        else:
            self._overlay("top", "../base")
        return self.tree, "top"

    def _base(self) -> None:
        kustomization: dict[str, Value] = {"resources": []}
        if self.chance(0.2):
            kustomization["namespace"] = "base-ns"
        if self.chance(0.2):
            kustomization["namePrefix"] = "b-"
        self._generators(kustomization, "base")
        documents: list[Value] = []
        for index in range(self.rng.randint(0, 2)):
            name = f"plain{index}"
            self.maps.append(name)
            documents.append(
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "metadata": {"name": name},
                    "data": {"a": "1", "b": "two"},
                }
            )
        if self.chance(0.5):
            self.secrets.append("token")
            documents.append(
                {
                    "apiVersion": "v1",
                    "kind": "Secret",
                    "metadata": {"name": "token"},
                    "stringData": {"key": "value"},
                }
            )
        if self.chance(0.6):
            self.accounts.append("runner")
            documents += self._account("runner")
        for index in range(self.rng.randint(1, 3)):
            documents.append(self._workload(f"work{index}"))
        if self.chance(0.4):
            documents.append(self._ingress())
        if self.chance(0.3):
            documents.append(self._rollout())
        self.rng.shuffle(documents)
        if self.chance(0.5) or len(documents) < 2:
            self._list(kustomization, "base", "all.yaml", documents)
        else:
            self._list(kustomization, "base", "one.yaml", documents[:1])
            self._list(kustomization, "base", "rest.yaml", documents[1:])
        self._write("base", kustomization)

    def _list(
        self, kustomization: dict[str, Value], directory: str, name: str, documents: list[Value]
    ) -> None:
        resources = kustomization["resources"]
        assert isinstance(resources, list)
        resources.append(name)
        self.tree[f"{directory}/{name}"] = "---\n".join(_yaml(document) for document in documents)

    def _write(self, directory: str, kustomization: dict[str, Value]) -> None:
        self.tree[f"{directory}/kustomization.yaml"] = _yaml(kustomization)

    def _generators(self, kustomization: dict[str, Value], directory: str) -> None:
        maps: list[Value] = []
        for index in range(self.rng.randint(0, 2)):
            name = f"gen{index}-{directory}"
            self.maps.append(name)
            self.hashed.add(name)
            maps.append({"name": name, **self._sources(directory)})
        if maps:
            kustomization["configMapGenerator"] = maps
        if self.chance(0.4):
            name = f"sec-{directory}"
            self.secrets.append(name)
            self.hashed.add(name)
            kustomization["secretGenerator"] = [{"name": name, **self._sources(directory)}]
        if self.chance(0.3):
            kustomization["generatorOptions"] = {
                "disableNameSuffixHash": self.chance(0.5),
                "labels": {"made": "yes-it-is"},
            }

    def _sources(self, directory: str) -> dict[str, Value]:
        number = self.rng.randint(100, 999)
        sources: dict[str, Value] = {}
        if self.chance(0.7):
            sources["literals"] = [f"a={number}", 'b="quoted value"', f"lit{number}=x=y", "e="]
        if self.chance(0.5):
            self.tree[f"{directory}/data/f{number}.conf"] = f"number = {number}\n"
            sources["files"] = [f"data/f{number}.conf", f"renamed{number}=data/f{number}.conf"]
        if self.chance(0.4):
            self.tree[f"{directory}/e{number}.env"] = (
                f"# a comment\nENV_{number}=1\n\n  OTHER{number}=a=b\nBARE{number}\n"
            )
            sources["env" if self.chance(0.3) else "envs"] = f"e{number}.env"
        if isinstance(sources.get("envs"), str):
            sources["envs"] = [sources["envs"]]
        if self.chance(0.2):
            sources["options"] = {"immutable": True, "annotations": {"note": "x"}}
        return sources

    def _account(self, name: str) -> list[Value]:
        account: Value = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name},
            "imagePullSecrets": [{"name": self._secret()}],
        }
        binding: Value = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": self.rng.choice(["RoleBinding", "ClusterRoleBinding"]),
            "metadata": {"name": "bind"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [
                {"kind": "ServiceAccount", "name": self.rng.choice([name, "default", "stranger"])},
                {"kind": "User", "name": "somebody"},
            ],
        }
        return [account, binding]

    def _map(self) -> str:
        return self.rng.choice([*self.maps, "elsewhere"])

    def _secret(self) -> str:
        return self.rng.choice([*self.secrets, "outside"])

    def _workload(self, name: str) -> Value:
        kind = self.rng.choice(_KINDS)
        self.workloads.append((kind, name))
        spec: Value = self._pod()
        for step in reversed(_POD_PATH.get(kind, ["spec", "template", "spec"])):
            spec = {step: spec}
        assert isinstance(spec, dict)
        return {"apiVersion": _API.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": name}, **spec}

    def _pod(self) -> dict[str, Value]:
        pod: dict[str, Value] = {
            "containers": [self._container(f"c{n}") for n in range(self.rng.randint(1, 2))]
        }
        if self.chance(0.3):
            pod["initContainers"] = [self._container("init")]
        if self.chance(0.5) and self.accounts:
            pod["serviceAccountName"] = self.rng.choice(self.accounts)
        volumes: list[Value] = [
            {"name": "cfg", "configMap": {"name": self._map(), "items": [{"key": "a", "path": "a"}]}},
            {"name": "sec", "secret": {"secretName": self._secret()}},
            {
                "name": "both",
                "projected": {
                    "sources": [
                        {"configMap": {"name": self._map()}},
                        {"secret": {"name": self._secret(), "items": [{"key": "key", "path": "k"}]}},
                    ]
                },
            },
            {"name": "tmp", "emptyDir": {}},
        ]
        pod["volumes"] = self.rng.sample(volumes, self.rng.randint(1, 4))
        if self.chance(0.3):
            pod["imagePullSecrets"] = [{"name": self._secret()}]
        return pod

    def _container(self, name: str) -> Value:
        env: list[Value] = [
            {"name": "PLAIN", "value": "x"},
            {"name": "FROM_MAP", "valueFrom": {"configMapKeyRef": {"name": self._map(), "key": "a"}}},
            {"name": "FROM_SECRET", "valueFrom": {"secretKeyRef": {"name": self._secret(), "key": "key"}}},
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        ]
        return {
            "name": name,
            "image": "registry.example/app:1",
            "env": self.rng.sample(env, self.rng.randint(1, 4)),
            "envFrom": [{"configMapRef": {"name": self._map()}}, {"secretRef": {"name": self._secret()}}],
            "ports": [{"containerPort": 80, "protocol": "TCP"}],
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
            "args": ["--a", "--b"],
        }

    def _ingress(self) -> Value:
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "web"},
            "spec": {"tls": [{"hosts": ["a.example"], "secretName": self._secret()}]},
        }

    def _rollout(self) -> Value:
        return {
            "apiVersion": "example.org/v1",
            "kind": "Rollout",
            "metadata": {"name": "roll"},
            "spec": {"template": {"spec": self._pod()}},
        }

    def _overlay(self, directory: str, below: str) -> None:
        kustomization: dict[str, Value] = {"resources": [below]}
        if self.chance(0.5):
            kustomization["namespace"] = self.rng.choice(["prod", "dev"])
        if self.chance(0.3):
            kustomization["namePrefix"] = f"{directory[0]}-"
        if self.chance(0.3):
            kustomization["nameSuffix"] = f"-{directory[-1]}"
        if self.chance(0.4):
            self._generators(kustomization, directory)
        self._change_generated(kustomization, directory)
        if self.chance(0.3):
            self._component(kustomization, directory)
        self._patches(kustomization, directory)
        if self.chance(0.2):
            kustomization["commonLabels"] = {"team": "a"}
        self._replicas(kustomization)
        self._images(kustomization)
        self._write(directory, kustomization)

    def _change_generated(self, kustomization: dict[str, Value], directory: str) -> None:
        known = [name for name in self.maps if name.startswith("gen") and not name.endswith(directory)]
        if known and self.chance(0.5):
            change: Value = {
                "name": self.rng.choice(known),
                "behavior": self.rng.choice(["merge", "replace"]),
                "literals": ["a=changed", "fresh=1"],
            }
            maps = kustomization.setdefault("configMapGenerator", [])
            assert isinstance(maps, list)
            maps.append(change)

    def _images(self, kustomization: dict[str, Value]) -> None:
        if self.chance(0.4):
            change = self.rng.choice(
                [{"newTag": "2"}, {"digest": "sha256:00ff"}, {"newName": "mirror.example/app"}]
            )
            kustomization["images"] = [{"name": "registry.example/app", **change}]

    def _replicas(self, kustomization: dict[str, Value]) -> None:
        names = [name for kind, name in self.workloads if kind in ("Deployment", "StatefulSet")]
        if names and self.chance(0.3):
            kustomization["replicas"] = [{"name": names[0], "count": 0}]

    def _component(self, kustomization: dict[str, Value], directory: str) -> None:
        path = f"component-{directory}"
        component: dict[str, Value] = {
            "apiVersion": "kustomize.config.k8s.io/v1alpha1",
            "kind": "Component",
            "configMapGenerator": [{"name": f"extra-{directory}", "literals": ["x=1"]}],
        }
        if self.chance(0.5):
            kind, name = self.rng.choice(self.workloads)
            component["patches"] = [self._json_patch(kind, name)]
        self._write(path, component)
        kustomization["components"] = [f"../{path}"]

    def _patches(self, kustomization: dict[str, Value], directory: str) -> None:
        patches: list[Value] = []
        for index in range(self.rng.randint(0, 3)):
            kind, name = self.rng.choice(self.workloads)
            strategic = self._strategic_patch(kind, name)
            choice = self.rng.randrange(5)
            if choice == 0:
                self.tree[f"{directory}/p{index}.yaml"] = _yaml(strategic)
                patches.append({"path": f"p{index}.yaml"})
            elif choice == 1:
                patches.append({"patch": _yaml(strategic)})
            elif choice == 2:
                patches.append({"target": {"kind": kind, "name": "work.*"}, "patch": _yaml(strategic)})
            elif choice == 3:
                patches.append(self._json_patch(kind, name))
            else:
                self.tree[f"{directory}/s{index}.yaml"] = _yaml(strategic)
                listed = kustomization.setdefault("patchesStrategicMerge", [])
                assert isinstance(listed, list)
                listed.append(f"s{index}.yaml")
        if patches:
            kustomization["patches"] = patches

    def _json_patch(self, kind: str, name: str) -> Value:
        at = "/" + "/".join(_POD_PATH.get(kind, ["spec", "template", "spec"]))
        entry = {"name": "ADDED", "valueFrom": {"configMapKeyRef": {"name": self._map(), "key": "a"}}}
        operations: list[Value] = [
            {"op": "add", "path": f"{at}/containers/0/env/-", "value": entry},
            {"op": "add", "path": f"{at}/containers/0/env/0", "value": entry},
            {"op": "remove", "path": f"{at}/containers/0/envFrom/0"},
            {"op": "replace", "path": f"{at}/containers/0/envFrom/1/secretRef/name", "value": self._secret()},
            {"op": "add", "path": f"{at}/containers/0/args", "value": ["--c"]},
            {"op": "add", "path": "/metadata/annotations", "value": {"a.example/b": "c"}},
            {"op": "copy", "from": f"{at}/containers/0/env", "path": f"{at}/containers/0/other"},
            {"op": "test", "path": f"{at}/containers/0/name", "value": "c0"},
        ]
        chosen = self.rng.sample(operations, self.rng.randint(1, 4))
        return {"target": {"kind": kind, "name": name}, "patch": _yaml(chosen)}

    def _strategic_patch(self, kind: str, name: str) -> Value:
        pod: dict[str, Value] = {}
        env: list[Value] = [
            {"name": "FROM_MAP", "valueFrom": {"configMapKeyRef": {"name": self._map(), "key": "b"}}},
            {"name": "PLAIN", "$patch": "delete"},
            {"name": "NODE", "valueFrom": None, "value": "here"},
            {"name": "MORE", "value": "1"},
        ]
        container: dict[str, Value] = {"name": self.rng.choice(["c0", "c9"])}
        if self.chance(0.7):
            container["env"] = self.rng.sample(env, self.rng.randint(1, 3))
        if self.chance(0.3):
            container["envFrom"] = [{"secretRef": {"name": self._secret()}}]
        if self.chance(0.2):
            container["args"] = None
        pod["containers"] = [container]
        if self.chance(0.3):
            pod["volumes"] = [
                {"name": "cfg", "configMap": {"name": self._map()}},
                {"name": "new", "secret": {"secretName": self._secret()}},
            ]
        if self.chance(0.2):
            pod["volumes"] = [{"$patch": "replace"}, {"name": "only", "emptyDir": {}}]
        if self.chance(0.2):
            pod["serviceAccountName"] = None
        spec: Value = pod
        for step in reversed(_POD_PATH.get(kind, ["spec", "template", "spec"])):
            spec = {step: spec}
        assert isinstance(spec, dict)
        return {"apiVersion": _API.get(kind, "apps/v1"), "kind": kind, "metadata": {"name": name}, **spec}


def _yaml(value: Value) -> str:
    stream = StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.dump(value, stream)
    return stream.getvalue()
