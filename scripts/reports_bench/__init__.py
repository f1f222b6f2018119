"""Parts of scripts/bench_reports.py."""
