"""``kustomize build`` without kustomize: the objects it would emit, with positions in the source files."""

from cnilint.render.kustomize.build import build as build
from cnilint.render.kustomize.build import build_customized as build_customized
from cnilint.render.kustomize.inclusion import Inclusions as Inclusions
from cnilint.render.kustomize.kustomization import is_component as is_component
from cnilint.render.kustomize.memo import Memo as Memo
from cnilint.render.kustomize.memo import NodeOrigin as NodeOrigin
from cnilint.render.kustomize.model import REFUSED as REFUSED
from cnilint.render.kustomize.model import Build as Build
from cnilint.render.kustomize.model import BuildGap as BuildGap
from cnilint.render.kustomize.model import Files as Files
from cnilint.render.kustomize.model import Name as Name
from cnilint.render.kustomize.model import Touched as Touched
from cnilint.render.kustomize.packed import MOST_PACKED as MOST_PACKED
