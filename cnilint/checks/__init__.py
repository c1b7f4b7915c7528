"""The checks, one module each: its docstring is its page, ``CODE`` its code, ``find`` its work."""

from types import ModuleType

from cnilint.checks.input import (
    duplicate_object,
    duplicate_yaml_key,
    hostile_input,
    invalid_definition,
    lost_document,
    non_string_value,
    unparsable,
    unrendered,
)
from cnilint.checks.references import (
    binary_key,
    empty_variable,
    malformed_reference,
    missing_in_environment,
    missing_key,
    missing_object,
    missing_service_account,
    missing_subpath,
    optional_dangling,
    shadowed_variable,
    unresolved_expansion,
    wrong_kind,
    wrong_namespace,
)

CHECKS: tuple[ModuleType, ...] = (
    missing_key,
    missing_object,
    wrong_namespace,
    binary_key,
    malformed_reference,
    optional_dangling,
    shadowed_variable,
    unresolved_expansion,
    missing_service_account,
    missing_subpath,
    missing_in_environment,
    wrong_kind,
    empty_variable,
    duplicate_object,
    non_string_value,
    invalid_definition,
    duplicate_yaml_key,
    lost_document,
    unparsable,
    hostile_input,
    unrendered,
)
