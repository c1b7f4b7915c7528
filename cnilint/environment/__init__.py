"""Environments: which objects are applied together, and what each sees of the others."""

from cnilint.environment.form import form as form
from cnilint.environment.unit import Environment as Environment
