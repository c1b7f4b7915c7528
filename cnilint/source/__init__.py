"""Where files are read from: a work tree, a Git revision or standard input."""

from cnilint.source.base import Source as Source
from cnilint.source.revision import GitIndex as GitIndex
from cnilint.source.revision import GitRevision as GitRevision
from cnilint.source.stdin import StandardInput as StandardInput
from cnilint.source.worktree import WorkTree as WorkTree
