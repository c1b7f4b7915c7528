"""Environments: which objects are applied together, and what each sees of the others."""

from cnilint.environment.unit import Environment as Environment
from cnilint.environment.unit import form as form
