"""Where bytes come from: a work tree, a Git revision, standard input."""

from cnilint.source.base import Source as Source
from cnilint.source.revision import Revision as Revision
from cnilint.source.stdin import Stream as Stream
from cnilint.source.worktree import Tree as Tree
