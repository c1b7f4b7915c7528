"""Facts of objects: the ConfigMaps, Secrets and ServiceAccounts that they define and refer to."""

from cnilint.facts.model import Definition as Definition
from cnilint.facts.model import Reference as Reference
