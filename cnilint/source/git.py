"""The remote, commit and branch of a source, so that report viewers can link to its files."""

from dataclasses import dataclass

_ORIGIN = 'remote "origin"'


@dataclass(frozen=True, slots=True)
class Provenance:
    """The URL of the remote, the commit that was read, and the branch unless HEAD is detached."""

    repository: str
    revision: str
    branch: str | None = None


def provenance(root: str, revision: str | None) -> Provenance | None:
    """The provenance of a commit, or of a work tree (``revision`` None); None without a remote or a commit.

    Only the repository is read: nothing is fetched, and no setting of the repository starts a program.
    """
    from git import Repo
    from git.exc import GitError

    try:
        repository = Repo(root, search_parent_directories=True)
        with repository.config_reader("repository") as settings:
            remotes = [section for section in settings.sections() if section.startswith("remote ")]
            remote = _ORIGIN if _ORIGIN in remotes else next(iter(remotes), _ORIGIN)
            url = str(settings.get_value(remote, "url", ""))
        head = repository.head
        commit = revision or head.commit.hexsha
        branch = None if revision or head.is_detached else head.reference.name
    except (GitError, OSError, ValueError, TypeError):
        return None
    return Provenance(url, commit, branch) if url else None
