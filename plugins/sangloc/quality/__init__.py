"""Data quality: suites of checks over the published tables, run by Great Expectations, stored as counts, gated."""

from sangloc.quality.run import run_suite_group, run_suites
from sangloc.quality.suites import Asset, Rule, Suite, load_suite, suites, suites_for

__all__ = ["Asset", "Rule", "Suite", "load_suite", "run_suite_group", "run_suites", "suites", "suites_for"]
