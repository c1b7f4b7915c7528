"""What ``kustomize build`` would emit, worked out without running it, with positions in the source files."""

from cnilint.kustomize.build import Memo as Memo
from cnilint.kustomize.build import build as build
from cnilint.kustomize.model import Build as Build
from cnilint.kustomize.model import Files as Files
from cnilint.kustomize.model import Gap as Gap
from cnilint.kustomize.model import Touched as Touched
