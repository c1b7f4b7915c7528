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


@dataclass(frozen=True, slots=True)
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
        "CNI101",
        "missing-key",
        "error",
        "A reference names a key that the ConfigMap or Secret does not have.",
        "The container waits in CreateContainerConfigError, or the volume is never mounted.",
    ),
    Code(
        "CNI102",
        "missing-object",
        "warning",
        "A reference names a ConfigMap or Secret that nothing in the environment defines or produces.",
        "Unless something outside the manifests makes it, new pods do not start.",
    ),
    Code(
        "CNI103",
        "wrong-namespace",
        "error",
        "A reference names an object that is defined in another namespace only.",
        "The kubelet looks in the pod's own namespace, finds nothing, and new pods do not start.",
    ),
    Code(
        "CNI104",
        "binary-key",
        "error",
        "An environment variable reads a key of binaryData.",
        "The kubelet reads environment variables from data alone, so the key counts as missing.",
    ),
    Code(
        "CNI105",
        "malformed-reference",
        "error",
        "A reference lacks a name or key, gives several sources, or has a key that no object can hold.",
        "The API server refuses the object, or the reference can never resolve.",
    ),
    Code(
        "CNI106",
        "optional-dangling",
        "note",
        "An optional reference names an object or key that does not exist.",
        "The pod starts without the variable, the file or the volume's content.",
    ),
    Code(
        "CNI107",
        "shadowed-variable",
        "warning",
        "A variable is set twice, so that one value hides the other.",
        "The later or more specific value wins without a word, whatever the ConfigMap or Secret says.",
    ),
    Code(
        "CNI108",
        "unresolved-expansion",
        "warning",
        "An expansion $(NAME) uses a variable that is defined later or not at all.",
        "The program receives the text $(NAME) as it stands.",
    ),
    Code(
        "CNI109",
        "missing-service-account",
        "warning",
        "A pod runs as a ServiceAccount that is not defined.",
        "The API server refuses to create the pods.",
    ),
    Code(
        "CNI110",
        "missing-subpath",
        "warning",
        "A subPath names a key that the mounted ConfigMap or Secret volume does not have.",
        "The kubelet mounts an empty directory where the program expects a file.",
    ),
    Code(
        "CNI111",
        "missing-in-environment",
        "error",
        "A reference that resolves in sibling environments does not resolve in this one.",
        "New pods start everywhere except here.",
    ),
    Code(
        "CNI112",
        "wrong-kind",
        "error",
        "A reference names a ConfigMap where only a Secret of that name exists, or the reverse.",
        "The kubelet looks for the kind that is named, finds nothing, and new pods do not start.",
    ),
    Code(
        "CNI113",
        "empty-variable",
        "note",
        "An environment variable has neither a value nor a source.",
        "It is set to the empty string; such an entry is also what a half-pruned variable leaves.",
    ),
    Code(
        "CNI121",
        "duplicate-object",
        "error",
        "One object is defined twice in one environment.",
        "Which definition stands depends on the order in which they are applied.",
    ),
    Code(
        "CNI122",
        "non-string-value",
        "error",
        "A value of data or stringData is not a string.",
        "The API server refuses the object.",
    ),
    Code(
        "CNI123",
        "invalid-definition",
        "error",
        "A definition has an invalid name or key, or is larger than an object may be.",
        "The API server refuses the object.",
    ),
    Code(
        "CNI124",
        "duplicate-yaml-key",
        "error",
        "A key is given twice in one mapping.",
        "The last one stands and the others are lost without a word.",
    ),
    Code(
        "CNI125",
        "lost-document",
        "error",
        "Content of a stream is dropped or refused by kubectl.",
        "What looks like part of the release never reaches the cluster.",
    ),
    Code(
        "CNI201",
        "leftover-setting",
        None,
        "A setting is given that the release in use does not have.",
        "At best nothing reads it; at worst it overrides the setting that took its place.",
    ),
    Code(
        "CNI202",
        "removed-flag",
        None,
        "An argument is given that the release's program does not have.",
        "The program refuses to start, or ignores the argument.",
    ),
    Code(
        "CNI203",
        "removed-value",
        None,
        "A setting has a value that the release rejects.",
        "The program refuses to start, or falls back to a default.",
    ),
    Code(
        "CNI204",
        "removed-api",
        "error",
        "The object's apiVersion is not served by the cluster's Kubernetes version.",
        "The API server refuses the object.",
    ),
    Code(
        "CNI205",
        "deprecated-setting",
        "warning",
        "A setting still works and is announced to go away.",
        "The upgrade to the release that removes it breaks or changes behaviour.",
    ),
    Code(
        "CNI206",
        "version-skew",
        "warning",
        "Parts of one component run at versions that do not belong together.",
        "The parts disagree about settings, files or protocols.",
    ),
    Code(
        "CNI207",
        "known-bug",
        None,
        "The release gets this setting wrong.",
        "The setting does not do what its documentation says.",
    ),
    Code(
        "CNI301",
        "left-behind",
        None,
        "Applying the manifests will leave a field in the live object that they do not have.",
        "The old field keeps working beside the new ones.",
    ),
    Code(
        "CNI302",
        "left-behind-dangling",
        "error",
        "A field that an apply will leave behind refers to something that will not exist.",
        "Every new pod waits in CreateContainerConfigError or ContainerCreating.",
    ),
    Code(
        "CNI303",
        "human-owned-field",
        "warning",
        "A person's tool owns a field of an object that Git manages.",
        "Server-side apply will not prune the field, or will conflict over it.",
    ),
    Code(
        "CNI304",
        "unowned-field",
        "warning",
        "No manager owns a field of the live object.",
        "Server-side apply will never prune the field.",
    ),
    Code(
        "CNI305",
        "lost-ownership",
        "error",
        "The manager that will apply has no record of an earlier apply.",
        "Server-side apply prunes nothing that an earlier release brought.",
    ),
    Code(
        "CNI306",
        "unreadable-ownership",
        "error",
        "The live object's managedFields are empty, undecodable or hidden.",
        "What an apply will prune and leave cannot be told.",
    ),
    Code(
        "CNI307",
        "apply-refused",
        "error",
        "The API server will refuse the apply.",
        "The object stays at the old release while its neighbours move on.",
    ),
    Code(
        "CNI308",
        "second-applier",
        "warning",
        "Two GitOps managers own the same object.",
        "Each undoes what the other applies.",
    ),
    Code(
        "CNI401",
        "removed-key-in-use",
        "error",
        "The change removes a key or object that something still reads.",
        "Pods that read it do not start after the change.",
    ),
    Code(
        "CNI402",
        "prune-hazard",
        "warning",
        "The change relies on an old field being pruned: what the field reads goes away with it.",
        "If one field stays, as damaged ownership makes it, it dangles or overrides.",
    ),
    Code(
        "CNI403",
        "immutable-change",
        "error",
        "The change touches a field that the API server does not change.",
        "The apply is refused until the object is deleted and made anew.",
    ),
    Code(
        "CNI404",
        "replaced-workload",
        "warning",
        "Another variant or a renamed twin takes a workload's place.",
        "The old one keeps running beside the new one until somebody deletes it.",
    ),
    Code(
        "CNI405",
        "version-jump",
        "warning",
        "The change goes back a version, or over more minor versions than the component supports.",
        "Migrations that the skipped releases do are not done.",
    ),
    Code(
        "CNI901",
        "unparsable",
        "error",
        "The text is not YAML or JSON as Kubernetes reads it.",
        "Nothing of it is checked, and what it may define makes its environment unverifiable.",
    ),
    Code(
        "CNI902",
        "hostile-input",
        "error",
        "The file exceeds a limit of size, nesting, aliases or encoding.",
        "Nothing of it is checked, and what it may define makes its environment unverifiable.",
    ),
    Code(
        "CNI903",
        "unrendered",
        "note",
        "A template or kustomization is there in its unrendered form.",
        "What it could define or use is not verified.",
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
