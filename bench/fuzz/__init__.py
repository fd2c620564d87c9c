"""Damaged inputs for every reader of what others write: no exception escapes, and no time outgrows its input's size."""

from bench.fuzz import documents, network, reports

FAMILIES = (network.family(), reports.family(), documents.family())
