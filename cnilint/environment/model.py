"""What environments are made of, and what they are."""

from dataclasses import dataclass

from cnilint.environment.words import Words
from cnilint.extract.model import Gap, ObjectFacts


@dataclass(kw_only=True, frozen=True, slots=True)
class DeclaredEnvironment:
    """An environment that the configuration names. Those of one ``cluster`` complete each other; None: it is alone."""

    name: str
    roots: tuple[str, ...]
    namespace: str | None
    cluster: str | None = None


@dataclass(kw_only=True, frozen=True, slots=True)
class Environment:
    """Objects applied together: the scope in which references are resolved.

    ``words`` are the environment words of its folder, or of whoever applies it; ``family`` is equal for
    environments that differ in these only; ``anchor`` is the folder by which the first of the words is said, empty
    without one. ``unjudged`` says why its references are not judged; empty if they are. ``deployed`` is None when
    the repository does not say of anything that it is applied. ``folder_words`` are those of its folder alone where
    whoever applies it says more: what it defines is there for all who see the folder.
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

    @property
    def shown_to(self) -> Words:
        """The words that another environment has to have to see what is defined here."""
        return self.folder_words or self.words
