"""The records of environments."""

from typing import Literal

from msgspec import Struct

from cnilint.diagnostics.model import Diagnostic
from cnilint.environment.words import Words
from cnilint.extract.model import Gap, ObjectFacts
from cnilint.gitops.deployers import Deployment

Standing = Literal["applied", "unlisted", "component", "sample"]


class DeclaredEnvironment(Struct, frozen=True, kw_only=True):
    """An environment of the configuration.

    Environments of one ``cluster`` see each other's objects; with None it sees only its own.
    """

    name: str
    roots: tuple[str, ...]
    namespace: str | None
    cluster: str | None = None


class Environment(Struct, frozen=True, kw_only=True):
    """Objects applied together: the scope in which references are resolved. Their namespaces are final.

    ``words`` are the environment words of its folder or of its deployer; ``family`` is equal for environments that
    differ in these only; ``anchor`` is the folder that has the first of the words, empty without one. ``namespace`` is
    the default of its objects. ``unjudged`` says why its references are not judged; empty if they are. ``deployed`` is
    None when nothing in the repository says what is applied. ``folder_words`` are those of its folder alone where its
    deployer has more: other environments of the folder see its definitions too. ``outer_words`` are those of its anchor
    alone. ``appliers`` are the objects that apply it, as ``Application web``, ``applied_from`` the one environment with
    words that holds those; ``foreign`` what its own objects apply of
    other repositories.
    ``standing``: nothing applies what no kustomization lists, a component alone, nor what only shows how a file looks.
    """

    name: str
    roots: tuple[str, ...]
    reason: str
    objects: tuple[ObjectFacts, ...]
    words: Words
    family: str
    anchor: str = ""
    namespace: str | None = None
    gaps: tuple[Gap, ...] = ()
    unjudged: str = ""
    deployed: bool | None = None
    folder_words: Words = frozenset()
    appliers: frozenset[str] = frozenset()
    applied_from: str = ""
    outer_words: Words = frozenset()
    foreign: tuple[Deployment, ...] = ()
    standing: Standing = "applied"
    refused_without_namespace: str = ""
    """What applies it, and refuses objects that name no namespace; empty if nothing refuses them."""
    without_objects: tuple[str, ...] = ()
    """Its files that have no object, such as one that cannot be read as YAML."""
    refusals: tuple[Diagnostic, ...] = ()
    """Why kustomize does not build its kustomizations; empty when it does."""

    @property
    def shown_to(self) -> Words:
        """The words that another environment needs to see what is defined here."""
        return self.folder_words or self.words
