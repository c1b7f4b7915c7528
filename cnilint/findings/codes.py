"""Every code in one table. ``explain`` and SARIF's rules are made from it, the README's is held to it."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnilint.diagnostics.model import Severity

HOME = "https://cnilint.dev"
"""The product's site, under whose name its annotation ``cnilint.dev/ignore`` lives too."""

FAMILIES: Mapping[str, str] = {
    "CNI1": "references",
    "CNI2": "releases",
    "CNI3": "ownership",
    "CNI4": "changes",
    "CNI9": "input",
}
"""What the first digit of a code stands for."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Code:
    """What is known of a code before anything is found.

    ``name`` names the defect. ``severity`` is the default; None says that the finding's effect decides, and a
    check may override either. ``summary`` says what is wrong, ``effect`` what comes of it; a sentence each.
    """

    code: str
    name: str
    severity: Severity | None
    summary: str
    effect: str

    @property
    def family(self) -> str:
        return FAMILIES[self.code[:4]]

    @property
    def url(self) -> str:
        return f"{HOME}/codes/{self.code}"


CODES: tuple[Code, ...] = (
    Code(
        code="CNI101",
        name="missing-key",
        severity="error",
        summary="A reference names a key that the ConfigMap or Secret does not have.",
        effect="The container waits in CreateContainerConfigError, or the volume is never mounted.",
    ),
    Code(
        code="CNI102",
        name="missing-object",
        severity="warning",
        summary="A reference names a ConfigMap or Secret that nothing in the environment defines or produces.",
        effect="Unless something outside the manifests makes it, new pods do not start.",
    ),
    Code(
        code="CNI103",
        name="wrong-namespace",
        severity="error",
        summary="A reference names an object that is defined in another namespace only.",
        effect="The kubelet looks in the pod's own namespace, finds nothing, and new pods do not start.",
    ),
    Code(
        code="CNI104",
        name="binary-key",
        severity="error",
        summary="An environment variable reads a key of binaryData.",
        effect="The kubelet reads environment variables from data alone, so the key counts as missing.",
    ),
    Code(
        code="CNI105",
        name="malformed-reference",
        severity="error",
        summary="A reference lacks a name or key, gives several sources, or has a key that no object can hold.",
        effect="The API server refuses the object, or the reference can never resolve.",
    ),
    Code(
        code="CNI106",
        name="optional-dangling",
        severity="note",
        summary="An optional reference names an object or key that does not exist.",
        effect="The pod starts without the variable, the file or the volume's content.",
    ),
    Code(
        code="CNI107",
        name="shadowed-variable",
        severity="warning",
        summary="A variable is set twice, so that one value hides the other.",
        effect="The later or more specific value wins without a word, whatever the ConfigMap or Secret says.",
    ),
    Code(
        code="CNI108",
        name="unresolved-expansion",
        severity="warning",
        summary="An expansion $(NAME) uses a variable that is defined later or not at all.",
        effect="The program receives the text $(NAME) as it stands.",
    ),
    Code(
        code="CNI109",
        name="missing-service-account",
        severity="warning",
        summary="A pod runs as a ServiceAccount that is not defined.",
        effect="The API server refuses to create the pods.",
    ),
    Code(
        code="CNI110",
        name="missing-subpath",
        severity="warning",
        summary="A subPath names a key that the mounted ConfigMap or Secret volume does not have.",
        effect="The kubelet mounts an empty directory where the program expects a file.",
    ),
    Code(
        code="CNI111",
        name="missing-in-environment",
        severity="error",
        summary="A reference that resolves in sibling environments does not resolve in this one.",
        effect="New pods start everywhere except here.",
    ),
    Code(
        code="CNI112",
        name="wrong-kind",
        severity="error",
        summary="A reference names a ConfigMap where only a Secret of that name exists, or the reverse.",
        effect="The kubelet looks for the kind that is named, finds nothing, and new pods do not start.",
    ),
    Code(
        code="CNI113",
        name="empty-variable",
        severity="note",
        summary="An environment variable has neither a value nor a source.",
        effect="It is set to the empty string; such an entry is also what a half-pruned variable leaves.",
    ),
    Code(
        code="CNI121",
        name="duplicate-object",
        severity="error",
        summary="One object is defined twice in one environment.",
        effect="Which definition stands depends on the order in which they are applied.",
    ),
    Code(
        code="CNI122",
        name="non-string-value",
        severity="error",
        summary="A value of data or stringData is not a string.",
        effect="The API server refuses the object.",
    ),
    Code(
        code="CNI123",
        name="invalid-definition",
        severity="error",
        summary="A definition has an invalid name or key, or is larger than an object may be.",
        effect="The API server refuses the object.",
    ),
    Code(
        code="CNI124",
        name="duplicate-yaml-key",
        severity="error",
        summary="A key is given twice in one mapping.",
        effect="The last one stands and the others are lost without a word.",
    ),
    Code(
        code="CNI125",
        name="lost-document",
        severity="error",
        summary="Content of a stream is dropped or refused by kubectl.",
        effect="What looks like part of the release never reaches the cluster.",
    ),
    Code(
        code="CNI201",
        name="leftover-setting",
        severity=None,
        summary="A setting is given that the release in use does not have.",
        effect="At best nothing reads it; at worst it overrides the setting that took its place.",
    ),
    Code(
        code="CNI202",
        name="removed-flag",
        severity=None,
        summary="An argument is given that the release's program does not have.",
        effect="The program refuses to start, or ignores the argument.",
    ),
    Code(
        code="CNI203",
        name="removed-value",
        severity=None,
        summary="A setting has a value that the release rejects.",
        effect="The program refuses to start, or falls back to a default.",
    ),
    Code(
        code="CNI204",
        name="removed-api",
        severity="error",
        summary="The object's apiVersion is not served by the cluster's Kubernetes version.",
        effect="The API server refuses the object.",
    ),
    Code(
        code="CNI205",
        name="deprecated-setting",
        severity="warning",
        summary="A setting still works and is announced to go away.",
        effect="The upgrade to the release that removes it breaks or changes behaviour.",
    ),
    Code(
        code="CNI206",
        name="version-skew",
        severity="warning",
        summary="Parts of one component run at versions that do not belong together.",
        effect="The parts disagree about settings, files or protocols.",
    ),
    Code(
        code="CNI207",
        name="known-bug",
        severity=None,
        summary="The release gets this setting wrong.",
        effect="The setting does not do what its documentation says.",
    ),
    Code(
        code="CNI301",
        name="left-behind",
        severity=None,
        summary="Applying the manifests will leave a field in the live object that they do not have.",
        effect="The old field keeps working beside the new ones.",
    ),
    Code(
        code="CNI302",
        name="left-behind-dangling",
        severity="error",
        summary="A field that an apply will leave behind refers to something that will not exist.",
        effect="Every new pod waits in CreateContainerConfigError or ContainerCreating.",
    ),
    Code(
        code="CNI303",
        name="human-owned-field",
        severity="warning",
        summary="A person's tool owns a field of an object that Git manages.",
        effect="Server-side apply will not prune the field, or will conflict over it.",
    ),
    Code(
        code="CNI304",
        name="unowned-field",
        severity="warning",
        summary="No manager owns a field of the live object.",
        effect="Server-side apply will never prune the field.",
    ),
    Code(
        code="CNI305",
        name="lost-ownership",
        severity="error",
        summary="The manager that will apply has no record of an earlier apply.",
        effect="Server-side apply prunes nothing that an earlier release brought.",
    ),
    Code(
        code="CNI306",
        name="unreadable-ownership",
        severity="error",
        summary="The live object's managedFields are empty, undecodable or hidden.",
        effect="What an apply will prune and leave cannot be told.",
    ),
    Code(
        code="CNI307",
        name="apply-refused",
        severity="error",
        summary="The API server will refuse the apply.",
        effect="The object stays at the old release while its neighbours move on.",
    ),
    Code(
        code="CNI308",
        name="second-applier",
        severity="warning",
        summary="Two GitOps managers own the same object.",
        effect="Each undoes what the other applies.",
    ),
    Code(
        code="CNI401",
        name="removed-key-in-use",
        severity="error",
        summary="The change removes a key or object that something still reads.",
        effect="Pods that read it do not start after the change.",
    ),
    Code(
        code="CNI402",
        name="prune-hazard",
        severity="warning",
        summary="The change relies on an old field being pruned: what the field reads goes away with it.",
        effect="If one field stays, as damaged ownership makes it, it dangles or overrides.",
    ),
    Code(
        code="CNI403",
        name="immutable-change",
        severity="error",
        summary="The change touches a field that the API server does not change.",
        effect="The apply is refused until the object is deleted and made anew.",
    ),
    Code(
        code="CNI404",
        name="replaced-workload",
        severity="warning",
        summary="Another variant or a renamed twin takes a workload's place.",
        effect="The old one keeps running beside the new one until somebody deletes it.",
    ),
    Code(
        code="CNI405",
        name="version-jump",
        severity="warning",
        summary="The change goes back a version, or over more minor versions than the component supports.",
        effect="Migrations that the skipped releases do are not done.",
    ),
    Code(
        code="CNI901",
        name="unparsable",
        severity="error",
        summary="The text is not YAML or JSON as Kubernetes reads it.",
        effect="Nothing of it is checked, and what it may define makes its environment unverifiable.",
    ),
    Code(
        code="CNI902",
        name="hostile-input",
        severity="error",
        summary="The file exceeds a limit of size, nesting, aliases or encoding.",
        effect="Nothing of it is checked, and what it may define makes its environment unverifiable.",
    ),
    Code(
        code="CNI903",
        name="unrendered",
        severity="note",
        summary="A template or kustomization is there in its unrendered form.",
        effect="What it could define or use is not verified.",
    ),
)


def code(identifier: str) -> Code:
    """The entry of a code. Raises KeyError for an identifier that is none."""
    return _BY_CODE[identifier]


def page(entry: Code, pages: Mapping[str, str]) -> str:
    """The help page of a code in Markdown: the check's own page where ``pages`` has it, else the table's words."""
    own = pages.get(entry.code)
    if own is not None:
        return own
    severity = entry.severity or "by effect"
    return (
        f"# {entry.code} {entry.name}\n\n{entry.summary}\n\n{entry.effect}\n\nDefault severity: {severity}.\n"
    )


_BY_CODE = {entry.code: entry for entry in CODES}
