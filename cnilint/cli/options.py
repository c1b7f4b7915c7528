"""The options that commands share, each declared once, in the groups that commands name.

A group of options fills one settings record: ``policy_options`` the fields of ``PolicySettings``, and so on. A command
takes the group as a decorator, and the record by ``into`` (``cnilint.cli.decorators``).
"""

from __future__ import annotations

from pathlib import Path

import click

from cnilint.cli import values
from cnilint.cli.decorators import Decorator, option, options

_RULES = "Rule selection"
_INPUT = "Input"
_CLUSTER = "Cluster"
_APPLY = "Apply"
_OUTPUT = "Output"


def format_option(type_: click.ParamType = values.FORMAT) -> Decorator:  # type: ignore[type-arg]  # click < 8.2
    """``--format``, by default of a report."""
    return option(
        "--format",
        type=type_,
        default="text",
        show_default=True,
        section=_OUTPUT,
        help="Format of the result on standard output.",
    )


def jobs_option(help_text: str) -> Decorator:
    """``--jobs``, the number of processes."""
    return option(
        "--jobs",
        type=click.IntRange(min=0),
        default=0,
        show_default=True,
        metavar="N",
        section=_INPUT,
        help=help_text,
    )


def kube_version_option(help_text: str, *, parse: bool) -> Decorator:
    """``--kube-version``, as a Version or as its text."""
    return option(
        "--kube-version",
        metavar="VERSION",
        callback=values.version if parse else None,
        section=_CLUSTER,
        help=help_text,
    )


config_option = option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    section=_INPUT,
    help="Read this configuration file.  [default: .cnilint.yaml at the root of the repository]",
)

namespace_option = option(
    "--namespace",
    metavar="NAMESPACE",
    callback=values.namespace,
    section=_CLUSTER,
    help="Namespace of manifests that set none.",
)

stdin_name_option = option(
    "--stdin-name",
    default="stdin",
    show_default=True,
    metavar="NAME",
    section=_INPUT,
    help="File name of standard input. A file of the repository is replaced by it.",
)

target_option = option(
    "--target",
    "targets",
    multiple=True,
    metavar="COMPONENT=VERSION",
    callback=values.targets,
    section=_CLUSTER,
    help="Check a component as if this version ran. Repeatable.",
)

rev_option = option(
    "--rev", metavar="REV", section=_INPUT, help="Read this Git revision, without a checkout."
)

stream_options = options((rev_option, stdin_name_option))


def since_option(help_text: str, metavar: str = "REV") -> Decorator:
    """``--since``, the revision to compare with or to begin after."""
    return option("--since", metavar=metavar, section=_INPUT, help=help_text)


def component_option(help_text: str, *, required: bool = False) -> Decorator:
    """``--component``, the name of a component of the rules."""
    return option("--component", required=required, metavar="NAME", section=_RULES, help=help_text)


def day_option(help_text: str) -> Decorator:
    """``--as-of``, the day that counts as today."""
    return option("--as-of", metavar="DATE", callback=values.day, section=_RULES, help=help_text)


def details_option(help_text: str) -> Decorator:
    """``--details``, which shows all."""
    return option("--details", is_flag=True, section=_OUTPUT, help=help_text)


staged_option = option(
    "--staged", is_flag=True, section=_INPUT, help="Read the index: what the next commit will have."
)

cache_dir_option = option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    envvar="CNILINT_CACHE_DIR",
    show_envvar=True,
    section=_INPUT,
    help="Folder of the cache.  [default: cnilint in the user's folder for caches]",
)

cache_options = options(
    (
        cache_dir_option,
        option(
            "--no-cache",
            is_flag=True,
            envvar="CNILINT_NO_CACHE",
            show_envvar=True,
            section=_INPUT,
            help="Read all files, and store nothing for the next run.",
        ),
    )
)
"""For CacheSettings."""

assumption_options = options(
    (
        option(
            "--live",
            multiple=True,
            type=click.Path(path_type=Path),
            metavar="FILE",
            section=_CLUSTER,
            help="Also resolve references to objects of this dump of the cluster. Repeatable.",
        ),
        option(
            "--closed-world/--no-closed-world",
            default=False,
            section=_CLUSTER,
            help="Assume that objects which are not in the manifests do not exist.",
        ),
        namespace_option,
        target_option,
        kube_version_option(
            "Also report API versions that this Kubernetes version does not serve.", parse=True
        ),
    )
)
"""For AnalysisSettings: what is known or assumed of the cluster."""

analysis_options = options(
    (
        assumption_options,
        option(
            "--render",
            is_flag=True,
            section=_INPUT,
            help="Run the installed kustomize and helm where built-in rendering is incomplete.",
        ),
        jobs_option("Number of processes that read files, 0 for automatic."),
    )
)
"""For AnalysisSettings."""

apply_options = options(
    (
        option(
            "--previous",
            multiple=True,
            metavar="PATH",
            section=_APPLY,
            help="Manifests of the old release, for an applier that compares with it. Repeatable.",
        ),
        option(
            "--environment",
            metavar="NAME",
            section=_APPLY,
            help="Environment of the cluster, where several of the manifests have an object.",
        ),
        option("--applier", type=values.APPLIER, section=_APPLY, help="Tool that will apply the manifests."),
        option(
            "--manager", metavar="NAME", section=_APPLY, help="Field manager that will apply the manifests."
        ),
        option("--force", is_flag=True, section=_APPLY, help="The apply takes over conflicting fields."),
    )
)
"""For AuditSettings, but for --previous."""

repair_options = options(
    (
        details_option("Print each finding, and the commands that repair an object."),
        option(
            "--repair-script",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            section=_OUTPUT,
            help="Also write a shell script that repairs all objects, before or after the upgrade.",
        ),
    )
)
"""For OutputSettings, but for --repair-script."""

as_of_option = day_option("Date at which suppressions with an end date are checked.  [default: today]")

baseline_option = option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    section=_RULES,
    help="Report only findings that are not in this file of `cnilint baseline`.",
)

show_suppressed_option = option(
    "--show-suppressed", is_flag=True, section=_RULES, help="Also print suppressed findings."
)

connection_options = options(
    (
        option(
            "--context",
            metavar="NAME",
            section=_CLUSTER,
            help="Context of the kubeconfig.  [default: current]",
        ),
        option(
            "--live-namespace",
            multiple=True,
            metavar="NAMESPACE",
            section=_CLUSTER,
            help="Read only this namespace of the cluster. Repeatable.  [default: those of the manifests]",
        ),
        option(
            "--read-secrets",
            is_flag=True,
            section=_CLUSTER,
            help="Read Secrets for their keys, where managedFields do not tell them. Values are dropped.",
        ),
    )
)
"""For ClusterSettings, of a command that always reads a cluster."""

cluster_options = options(
    (
        option(
            "--cluster",
            "use_cluster",
            is_flag=True,
            section=_CLUSTER,
            help="Read live objects from the cluster of the kubeconfig. Needs cnilint[cluster].",
        ),
        connection_options,
    )
)
"""For ClusterSettings."""

policy_options = options(
    (
        option(
            "--select",
            multiple=True,
            metavar="CODE[,CODE]",
            callback=values.codes,
            section=_RULES,
            help="Report only these codes (CNI101, CNI1, missing-key) or rules. Repeatable.",
        ),
        option(
            "--ignore",
            multiple=True,
            metavar="CODE[,CODE]",
            callback=values.codes,
            section=_RULES,
            help="Do not report these codes or rules. Repeatable.",
        ),
    )
)
"""For PolicySettings, but for the date."""

verdict_options = options(
    (
        option(
            "--output",
            multiple=True,
            metavar="FORMAT=FILE",
            callback=values.output_files,
            section=_OUTPUT,
            help="Also write the report to a file. Repeatable.",
        ),
        option(
            "--fail-on",
            type=click.Choice(("error", "warning", "note", "never")),
            default="error",
            show_default=True,
            section=_OUTPUT,
            help="Exit with 1 if a finding has this severity or a higher one.",
        ),
        option(
            "--allow-empty",
            is_flag=True,
            section=_OUTPUT,
            help="Do not exit with 2 if no Kubernetes object was read.",
        ),
        option("--quiet", "-q", is_flag=True, section=_OUTPUT, help="Print findings only."),
    )
)
"""For OutputSettings, of every command that reports: files, and what makes it fail."""

shown_options = options(
    (
        option(
            "--max-findings",
            type=click.IntRange(min=0),
            metavar="N",
            section=_OUTPUT,
            help="Print the N worst findings in text, 0 for all.  [default: all of up to 100, else 10]",
        ),
        option(
            "--statistics",
            is_flag=True,
            section=_OUTPUT,
            help="Print how many findings each code has, in text, instead of the findings.",
        ),
    )
)
"""For OutputSettings: how much of the findings the text format shows."""

output_options = options(
    (
        format_option(),
        verdict_options,
        option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            default="auto",
            show_default=True,
            section=_OUTPUT,
            help="When to color text output.",
        ),
        option(
            "--verbose",
            "-v",
            is_flag=True,
            section=_OUTPUT,
            help="Also print skipped files, environments, and how to suppress findings.",
        ),
    )
)
"""For OutputSettings."""
