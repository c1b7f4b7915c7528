"""``kustomize build`` without kustomize: the objects it would emit, with positions in the source files."""

from cnilint.render.kustomize.build import Memo as Memo
from cnilint.render.kustomize.build import build as build
from cnilint.render.kustomize.build import build_customized as build_customized
from cnilint.render.kustomize.model import REFUSED as REFUSED
from cnilint.render.kustomize.model import Build as Build
from cnilint.render.kustomize.model import BuildGap as BuildGap
from cnilint.render.kustomize.model import Files as Files
from cnilint.render.kustomize.model import Name as Name
from cnilint.render.kustomize.model import Touched as Touched
