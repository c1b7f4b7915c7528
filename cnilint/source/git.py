"""Where a source is kept: the remote, the commit and the branch of its repository, for viewers that link to it."""

from dataclasses import dataclass

_USUAL = 'remote "origin"'


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the source is kept: the remote's URL, the commit that was read, and the branch when there is one."""

    repository: str
    revision: str
    branch: str | None = None


def provenance(root: str, revision: str | None) -> Provenance | None:
    """The provenance of a commit, or of a work tree (``revision`` None); None where Git knows no remote or no commit.

    Only the repository is read: no remote is asked, and no setting of the repository starts anything.
    """
    from git import Repo
    from git.exc import GitError

    try:
        repository = Repo(root, search_parent_directories=True)
        with repository.config_reader("repository") as settings:
            remotes = [section for section in settings.sections() if section.startswith("remote ")]
            remote = _USUAL if _USUAL in remotes else next(iter(remotes), _USUAL)
            url = str(settings.get_value(remote, "url", ""))
        head = repository.head
        commit = revision or head.commit.hexsha
        branch = None if revision or head.is_detached else head.reference.name
    except (GitError, OSError, ValueError, TypeError):
        return None
    return Provenance(url, commit, branch) if url else None
