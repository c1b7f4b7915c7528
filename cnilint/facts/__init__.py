"""What manifests state, read off the objects once: definitions with their keys, and references to them."""

from cnilint.facts.model import Definition as Definition
from cnilint.facts.model import Reference as Reference
