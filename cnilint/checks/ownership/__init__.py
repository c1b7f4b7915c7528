"""The checks of live objects, one module each: its docstring is its page, ``CODE`` its code, ``find`` its work."""

from types import ModuleType

from cnilint.checks.ownership import (
    apply_refused,
    human_owned_field,
    left_behind,
    left_behind_dangling,
    lost_ownership,
    second_applier,
    unowned_field,
    unreadable_ownership,
)

CHECKS: tuple[ModuleType, ...] = (
    left_behind,
    left_behind_dangling,
    human_owned_field,
    unowned_field,
    lost_ownership,
    unreadable_ownership,
    apply_refused,
    second_applier,
)
