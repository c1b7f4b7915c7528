"""Helm charts of components: the values and the version that a release gives to a chart, held against rule data::

model       records of charts: names and repositories, versions, and what their values become
table       the values that each release of a chart reads, derived from the chart
library     the charts of all components
values      the values of a release as settings, with their places
versions    chart versions and ranges of them
judge       values against rules and tables
rendered    what a chart makes of its values, as parts of components
"""
