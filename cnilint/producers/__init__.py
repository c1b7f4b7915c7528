"""Producers: what makes ConfigMaps and Secrets that no manifest holds. The mechanisms are data; see ``catalogue``."""

from cnilint.producers.engine import added_keys as added_keys
from cnilint.producers.engine import platform as platform
from cnilint.producers.engine import produced as produced
from cnilint.producers.mentions import mentions as mentions
