"""The YAML and JSON reader: bytes to documents whose every node has its position in the file."""

from cnilint.diagnostics.model import Diagnostic as Diagnostic
from cnilint.diagnostics.span import Span as Span
from cnilint.document.errors import Broken as Broken
from cnilint.document.limits import MAX_BYTES as MAX_BYTES
from cnilint.document.node import Entry as Entry
from cnilint.document.node import Mapping as Mapping
from cnilint.document.node import NamedText as NamedText
from cnilint.document.node import Node as Node
from cnilint.document.node import Place as Place
from cnilint.document.node import Plain as Plain
from cnilint.document.node import Row as Row
from cnilint.document.node import Scalar as Scalar
from cnilint.document.node import Sequence as Sequence
from cnilint.document.node import Text as Text
from cnilint.document.node import child as child
from cnilint.document.node import entries as entries
from cnilint.document.node import is_null as is_null
from cnilint.document.node import is_same_kind as is_same_kind
from cnilint.document.node import is_true as is_true
from cnilint.document.node import items as items
from cnilint.document.node import plain as plain
from cnilint.document.node import string as string
from cnilint.document.node import walk as walk
from cnilint.document.stream import Document as Document
from cnilint.document.stream import read as read
