"""Running suites for a province: verdicts are stored, broken rows go into quarantine, severity decides."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import column, insert, select, table

from sangloc import clock, provinces
from sangloc.audit import note
from sangloc.errors import QualityGateError
from sangloc.quality.checker import Verdict, check
from sangloc.quality.predicates import EXPECTATIONS
from sangloc.quality.rows import rows_clause, rows_query
from sangloc.quality.suites import Asset, Suite, load_suite, suites_for
from sangloc.warehouse import sql, transaction

if TYPE_CHECKING:
    from sqlalchemy import Connection

_FAILING = table("failing", column("row_key"))
_RANK = {"info": 0, "warning": 1, "critical": 2}


def run_suite_group(slug: str, asset: Asset, run_id: str) -> dict[str, int]:
    """Run the suites of all tables behind an asset. See `run_suites`."""
    return run_suites(slug, suites_for(asset), run_id)


def run_suites(slug: str, names: list[str], run_id: str) -> dict[str, int]:
    """Run suites over the province's rows, store the outcome and let severity decide.

    Each suite's outcome, its findings (counts only) and its quarantine are written in one transaction, keyed by
    province, suite and run: running again replaces them. A table without rows is `not_applicable`, never passed.

    Args:
        slug: the province.
        names: suites, as in `include/expectations`.
        run_id: the run that asks.

    Returns:
        Numbers of suites `passed`, `failed`, `errors`, `not_applicable`, of `rules` and rules `unsuccessful`, of rows
        now in quarantine by these suites (`quarantined`; a row counts once per broken rule), and of rows `released`
        from it by this run.

    Raises:
        QualityGateError: after everything is stored, when a rule of critical severity failed or any rule could not be
            evaluated. It names suites and rules.
        ConfigurationError: when a suite is wrong.
        WarehouseError: when the warehouse cannot be reached.
    """
    province_code = provinces.load(slug).code
    today = clock.today()
    queries = {name: (suite, rows_query(suite, province_code, today)) for name in names for suite in [load_suite(name)]}
    verdicts = check(queries)
    states: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    blocking: list[str] = []
    for name, (suite, query) in queries.items():
        with transaction() as connection:
            state = _store(connection, suite, verdicts[name], province_code, run_id, clock.now())
            for verdict in verdicts[name]:
                if verdict.state != "error" and verdict.rule.quarantines:
                    totals += _quarantine(connection, suite, verdict, query, province_code, clock.now())
        states[state] += 1
        totals["rules"] += len(suite.rules)
        totals["unsuccessful"] += sum(verdict.state in ("failed", "error") for verdict in verdicts[name])
        blocking += [
            f"{suite.table}: {verdict.rule.id} ({verdict.state})"
            for verdict in verdicts[name]
            if verdict.state == "error" or (verdict.state == "failed" and verdict.rule.severity == "critical")
        ]
    counts = {
        "passed": states["passed"],
        "failed": states["failed"],
        "errors": states["error"],
        "not_applicable": states["not_applicable"],
        "rules": totals["rules"],
        "unsuccessful": totals["unsuccessful"],
        "quarantined": totals["quarantined"],
        "released": totals["released"],
    }
    note(suites=counts)
    if blocking:
        raise QualityGateError(f"{slug}: the data must not be used further: " + "; ".join(blocking))
    return counts


def _store(connection: Connection, suite: Suite, verdicts: list[Verdict], province_code: str, run_id: str, at: datetime) -> str:
    """Writes outcome and findings; returns the suite's state."""
    found = {verdict.state for verdict in verdicts}
    state = next((state for state in ("error", "failed", "passed") if state in found), "not_applicable")
    unsuccessful = [verdict.rule.severity for verdict in verdicts if verdict.state in ("failed", "error")]
    validation_id = connection.execute(
        sql("quality/upsert_validation"),
        {
            "province_code": province_code,
            "suite": suite.name,
            "table_name": suite.table,
            "run_id": run_id,
            "state": state,
            "max_severity": max(unsuccessful, key=_RANK.__getitem__, default=None),
            "evaluated": sum(verdict.state in ("passed", "failed") for verdict in verdicts),
            "unsuccessful": len(unsuccessful),
            "validated_at": at,
        },
    ).scalar_one()
    connection.execute(sql("quality/clear_findings"), {"validation_id": validation_id})
    connection.execute(sql("quality/insert_finding"), [_finding(validation_id, verdict) for verdict in verdicts])
    return state


def _finding(validation_id: int, verdict: Verdict) -> dict[str, Any]:
    return {
        "validation_id": validation_id,
        "rule_id": verdict.rule.id,
        "expectation": verdict.rule.expectation,
        "column_name": ", ".join(verdict.rule.columns),
        "severity": verdict.rule.severity,
        "state": verdict.state,
        "element_count": verdict.elements,
        "unexpected_count": verdict.unexpected,
    }


def _quarantine(
    connection: Connection, suite: Suite, verdict: Verdict, query: str, province_code: str, at: datetime
) -> Counter[str]:
    """Quarantines the keys of rows that break the rule and releases those that no longer do."""
    connection.execute(sql("quality/failing_rows"))
    connection.execute(sql("quality/forget_failing"))
    if verdict.state == "failed":
        rows = rows_clause(suite, query)
        broken = EXPECTATIONS[verdict.rule.expectation].broken(rows, verdict.rule.kwargs)
        connection.execute(insert(_FAILING).from_select(["row_key"], select(rows.c.row_key).where(broken).distinct()))
    where = {"province_code": province_code, "table_name": suite.table, "rule_id": verdict.rule.id, "at": at}
    connection.execute(sql("quality/quarantine"), where)
    released = connection.execute(sql("quality/release"), where).rowcount
    quarantined = connection.execute(sql("quality/count_failing")).scalar_one()
    return Counter({"quarantined": quarantined, "released": released})
