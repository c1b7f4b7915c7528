"""Producers: what creates ConfigMaps and Secrets that no manifest holds. The mechanisms are data: ``rules/producers``."""

from cnilint.producers.engine import defined as defined
from cnilint.producers.engine import makes_in_own_namespace as makes_in_own_namespace
from cnilint.producers.engine import platform as platform
from cnilint.producers.engine import produced as produced
from cnilint.producers.mentions import mentions as mentions
