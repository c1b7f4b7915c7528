"""Finds the ConfigMaps and Secrets that scripts, documents and Terraform beside the manifests create.

Nothing is run: the text is searched for commands and resources. Names and keys are kept, values are not.
"""

import re

from cnilint.facts.model import Definition
from cnilint.producers.scripts.shell import from_shell
from cnilint.producers.scripts.terraform import from_terraform
from cnilint.regex import regex

MAX_CHARACTERS = 4 * 1024 * 1024
"""Longer texts are data or output, not hand-written scripts."""

_SUFFIX = regex(
    r"sh|bash|zsh|fish|ps1|bat|cmd|md|markdown|mdx|adoc|rst|txt|mk|tf|hcl|tpl|py|groovy|just", re.IGNORECASE
)
_NAMES = regex(
    r"(?:gnu)?makefile(?:\..*)?|justfile|jenkinsfile(?:\..*)?|dockerfile(?:\..*)?|readme(?:\..*)?|taskfile\.ya?ml"
    r"|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines.*\.ya?ml|cloudbuild\.ya?ml|skaffold\.ya?ml",
    re.IGNORECASE,
)
_CI_FOLDERS = frozenset((".github", ".circleci", ".tekton", ".gitlab", ".woodpecker", ".buildkite"))
_IN_VARIABLE = regex(rb"=[\"'][^\n\"']{0,400}[ \t]create[\"']")
_CREATE = regex(
    rb"create(?<=\bcreate)\b(?:[^\n]|\\\r?\n){0,200}?\b(?:secrets?|configmaps?|cm|serviceaccount|sa)\b"
)


def is_script(path: str) -> bool:
    """Whether files of this name usually hold commands. Manifests may hold some too."""
    parts = path.split("/")
    name = parts[-1]
    stem, _, suffix = name.rpartition(".")
    return (
        (stem != "" and _SUFFIX.fullmatch(suffix) is not None)
        or _NAMES.fullmatch(name) is not None
        or not _CI_FOLDERS.isdisjoint(parts)
    )


def created(path: str, data: bytes) -> list[Definition]:
    """What the commands or resources in a file create. Most files are ruled out by a fast test of their bytes."""
    return imperative(path, data.decode("utf-8", "replace")) if looks_imperative(data) else []


def looks_imperative(data: bytes) -> bool:
    """Whether ``imperative`` may find something: a fast test of the bytes."""
    if b"kubernetes_secret" in data or b"kubernetes_config_map" in data:
        return True
    if b"<<" in data and b"kind:" in data:
        return True
    return b"create" in data and (_CREATE.search(data) or _IN_VARIABLE.search(data)) is not None


def imperative(path: str, text: str) -> list[Definition]:
    """What the commands or resources in a text create; ``open`` where there may be more keys than it shows.

    A name with a variable in it becomes a glob (``app-*``) when enough of it is constant; else it is left out.
    """
    if len(text) > MAX_CHARACTERS:
        return []
    found = from_terraform(path, text) if path.endswith(".tf") else []
    return found + from_shell(path, text)
