"""Findings and reports for the tests of formats: made from a text, so that every place is a real one."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from cnilint.checks import CODES
from cnilint.diagnostics.model import Diagnostic, Message, ObjectRef, Related, Severity, Target
from cnilint.document import Span
from cnilint.findings.fingerprint import fingerprint
from cnilint.findings.model import Finding, Suppression
from cnilint.report.model import Coverage, EnvironmentSummary, NotChecked, Report
from cnilint.report.view import View

DAEMONSET = """\
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: istio-cni-node
  namespace: kube-system
spec:
  template:
    spec:
      containers:
        - name: install-cni
          env:
            - name: CNI_NETWORK_CONFIG
              valueFrom:
                configMapKeyRef:
                  name: istio-cni-config
                  key: cni_network_config
            - name: CNI_CONF_NAME
              value: "05-istio-cni.conf"
"""
CONFIGMAP = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: istio-cni-config
  namespace: kube-system
data:
  AMBIENT_ENABLED: "false"
  CHAINED_CNI_PLUGIN: "true"
"""
TEXTS = {
    "charts/istio-cni/templates/daemonset.yaml": "{{- if .Values.cni.enabled }}\nkind: DaemonSet\n",
    "prod/istio cni #1/daemonset.yaml": DAEMONSET,
    "prod/istio cni #1/configmap.yaml": CONFIGMAP,
    "prod/größe.json": '{"kind":"ConfigMap","metadata":{"name":"größe\U0001f6a6"},"data":{"日本語":"x","a":1}}',
}
KEY_PATH = "spec.template.spec.containers[0].env[0].valueFrom.configMapKeyRef.key"


def viewed(texts: Mapping[str, str] = TEXTS, **settings: object) -> View:
    """A view of these files."""
    return replace(View(lines=lambda file: lines_of(texts.get(file)), codes=CODES), **settings)


def lines_of(text: str | None) -> Sequence[str]:
    return () if text is None else text.split("\n")


def at(texts: Mapping[str, str], file: str, token: str) -> Span:
    """The first place of a token in a file."""
    before, found, _ = texts[file].partition(token)
    assert found, f"{token!r} is not in {file}"
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Span(file=file, line=line, column=column, end_line=line, end_column=column + len(token))


def finding(
    identifier: str,
    span: Span,
    message: Message | str,
    *,
    environment: str = "prod",
    owner: ObjectRef | None = None,
    severity: Severity | None = None,
    path: str = "",
    container: str = "",
    target: Target | None = None,
    hint: str = "",
    related: tuple[Related, ...] = (),
    suppressed: Suppression | None = None,
) -> Finding:
    """A finding as the runner would make it."""
    entry = CODES[identifier]
    text = message if isinstance(message, Message) else Message("{text}", text=message)
    problem = Diagnostic(
        code=identifier,
        span=span,
        message=text,
        hint=hint,
        environment=environment,
        owner=owner,
        path=path,
        container=container,
        target=target,
        related=related,
    )
    return Finding(
        code=identifier,
        name=entry.name,
        severity=severity or entry.severity or "warning",
        message=text,
        span=span,
        environment=environment,
        owner=owner,
        path=path,
        container=container,
        target=target,
        hint=hint,
        related=related,
        rule=None,
        effect=None,
        fingerprint=fingerprint(problem, environment),
        suppressed=suppressed,
    )


CHARTS = tuple(
    NotChecked(
        kind="HelmChart",
        name="edge-cni",
        version=version,
        file="prod/network.yaml",
        line=line,
        reason="its templates are not in the repository",
    )
    for version, line in (("1.18.2", 8), ("", 20))
)
"""A chart with and without a version."""


def report(
    *findings: Finding,
    objects: int = 3,
    notices: tuple[str, ...] = (),
    not_checked: tuple[NotChecked, ...] = (),
    **references: int,
) -> Report:
    """A report of these findings, with these references by outcome."""
    return Report(
        root=".",
        revision=None,
        environments=(
            EnvironmentSummary("prod", ("prod",), objects),
            EnvironmentSummary("staging", ("base", "staging"), objects),
        ),
        coverage=Coverage(
            files=3,
            documents=objects,
            objects=objects,
            references=references,
            reasons={"unrendered template": references["unverifiable"]}
            if "unverifiable" in references
            else {},
            skipped=(("prod/logo.yaml", "not a regular file"),),
            not_checked=not_checked,
        ),
        findings=findings,
        notices=notices,
    )


def owner(kind: str = "DaemonSet", name: str = "istio-cni-node", origin: str = "") -> ObjectRef:
    version = "apps/v1" if kind == "DaemonSet" else "v1"
    return ObjectRef(
        api_version=version,
        kind=kind,
        namespace="kube-system",
        name=name,
        span=Span(file="x.yaml", line=1, column=1, end_line=1, end_column=2),
        origin=origin,
    )


def missing_key(environment: str = "prod") -> Finding:
    file = "prod/istio cni #1/daemonset.yaml"
    definition = at(TEXTS, "prod/istio cni #1/configmap.yaml", "istio-cni-config")
    return finding(
        "CNI101",
        at(TEXTS, file, "cni_network_config"),
        Message(
            "key `{key}` not found in {kind} `{name}`",
            key="cni_network_config",
            kind="ConfigMap",
            name="istio-cni-config",
        ),
        environment=environment,
        owner=owner(origin="istio-cni/templates/daemonset.yaml"),
        path=KEY_PATH,
        container="install-cni",
        target=Target(
            kind="ConfigMap", namespace="kube-system", name="istio-cni-config", key="cni_network_config"
        ),
        hint="remove the variable `CNI_NETWORK_CONFIG`: release 1.23 no longer reads it",
        related=(Related(definition, "ConfigMap defined here"),),
    )


def non_string() -> Finding:
    return finding(
        "CNI122",
        at(TEXTS, "prod/größe.json", "1}}").shifted(0, 1),
        Message("the value of `{name}` is a number, but must be a string", name="a"),
        owner=owner("ConfigMap", "größe\U0001f6a6"),
        path="data.a",
    )


def unrendered() -> Finding:
    return finding(
        "CNI903",
        Span(file="charts/istio-cni/templates/daemonset.yaml", line=1, column=1, end_line=1, end_column=1),
        Message("this Helm template was not rendered"),
        environment="",
    )


def accepted() -> Finding:
    return finding(
        "CNI113",
        at(TEXTS, "prod/istio cni #1/daemonset.yaml", "CNI_CONF_NAME"),
        Message("variable `{name}` has neither a value nor a source", name="CNI_CONF_NAME"),
        owner=owner(),
        container="install-cni",
        suppressed=Suppression("external", "known since the migration"),
    )


def example() -> Report:
    """One report with a bit of everything."""
    return report(
        unrendered(),
        non_string(),
        missing_key("prod"),
        missing_key("staging"),
        accepted(),
        notices=("the baseline entry 8d1f of 'cni-old' no longer occurs",),
        resolved=40,
        broken=2,
        optional=1,
        provided=3,
        external=1,
        unverifiable=2,
    )
