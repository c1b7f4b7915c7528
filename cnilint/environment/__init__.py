"""Environments: which objects are applied together, and what each sees of the others."""

from cnilint.environment.assemble import form as form
from cnilint.environment.model import Environment as Environment
