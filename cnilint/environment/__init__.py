"""Environments: which objects are applied together, to one cluster, in which namespace."""

from cnilint.environment.assemble import form as form
from cnilint.environment.model import Environment as Environment
