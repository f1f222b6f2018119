"""Great Expectations: the only module that knows it. Verdicts and counts come out, never a value."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import text

from sangloc.errors import WarehouseError
from sangloc.quality.predicates import EXPECTATIONS
from sangloc.quality.suites import Rule, Suite
from sangloc.warehouse import transaction

State = Literal["passed", "failed", "error", "not_applicable"]

# No value is fetched: with a limit of 0 the queries for examples of failing values return no row.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
_ROW_COUNT = "rows_present"


@dataclass(frozen=True)
class Verdict:
    """What became of one rule. `elements` counts the rows looked at, `unexpected` those that break the rule."""

    rule: Rule
    state: State
    elements: int | None = None
    unexpected: int | None = None


def check(queries: dict[str, tuple[Suite, str]]) -> dict[str, list[Verdict]]:
    """Runs suites through Great Expectations, all in one session context, read-only.

    Args:
        queries: per suite name the suite and the SELECT of the rows it looks at.

    Returns:
        Per suite name a verdict for each rule. A rule that cannot be evaluated (a missing column, a refused
        statement) is an `error`; over an empty table, or a column without any value, it is `not_applicable`.

    Raises:
        WarehouseError: when Great Expectations cannot connect; the message holds no address and no password.
    """
    with transaction() as connection:
        address = connection.engine.url.set(drivername="postgresql+psycopg")
        limit = connection.execute(text("SHOW statement_timeout")).scalar_one()
    with _quiet():
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = ProgressBarsConfig(globally=False)
        options = f"-c statement_timeout={limit} -c default_transaction_read_only=on"
        try:
            source = context.data_sources.add_postgres(
                "warehouse",
                connection_string=address.render_as_string(hide_password=False),
                create_temp_table=False,
                kwargs={"hide_parameters": True, "connect_args": {"options": options}},
            )
        except Exception as error:
            problem = type(error).__name__
        else:
            problem = ""
        if problem:
            raise WarehouseError(f"Great Expectations cannot connect to the warehouse: {problem}")
        try:
            return {name: _check_suite(gx, context, source, suite, query) for name, (suite, query) in queries.items()}
        finally:
            source.get_execution_engine().engine.dispose()
            source.get_engine().dispose()


def _check_suite(gx: Any, context: Any, source: Any, suite: Suite, query: str) -> list[Verdict]:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    expectations = [
        ExpectationConfiguration(
            type=rule.expectation, kwargs=rule.kwargs, meta={"rule": rule.id}, severity=rule.severity
        ).to_domain_obj()
        for rule in suite.rules
    ]
    expectations.append(gx.expectations.ExpectTableRowCountToBeBetween(min_value=1, meta={"rule": _ROW_COUNT}))
    try:
        batch = source.add_query_asset(suite.name, query=query).add_batch_definition_whole_table("province")
        definition = gx.ValidationDefinition(
            name=suite.name,
            data=batch,
            suite=context.suites.add(gx.ExpectationSuite(name=suite.name, expectations=expectations)),
        )
        results = context.validation_definitions.add(definition).run(result_format=RESULT_FORMAT).results
    except Exception:
        # The text of the error may quote a row; that the rows cannot be read is all that is kept.
        return [Verdict(rule, "error") for rule in suite.rules]
    by_rule = {result.expectation_config.meta["rule"]: result for result in results}
    counted = by_rule[_ROW_COUNT]
    rows = None if _raised(counted.exception_info) else counted.result.get("observed_value")
    return [_verdict(rule, by_rule.get(rule.id), rows) for rule in suite.rules]


def _verdict(rule: Rule, result: Any, rows: int | None) -> Verdict:
    if result is None or rows is None or _raised(result.exception_info):
        return Verdict(rule, "error", rows)
    if rows == 0:
        return Verdict(rule, "not_applicable", 0, 0)
    elements, unexpected = result.result.get("element_count"), result.result.get("unexpected_count")
    if elements is None or unexpected is None:
        return Verdict(rule, "error", rows)
    if not EXPECTATIONS[rule.expectation].on_null:
        elements -= int(result.result.get("missing_count") or 0)
    if not result.success:
        return Verdict(rule, "failed", elements, unexpected)
    # Great Expectations calls it a success when there was nothing to look at.
    return Verdict(rule, "passed" if elements else "not_applicable", elements, unexpected)


def _raised(info: dict[str, Any]) -> bool:
    """Whether an expectation raised; its information is flat, or one entry per metric."""
    entries = info.values() if info and all(isinstance(entry, dict) for entry in info.values()) else [info]
    return any(entry.get("raised_exception") for entry in entries)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences Great Expectations: it logs hundreds of lines, and on an error the statement with its rows."""
    logger = logging.getLogger("great_expectations")
    level, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        logger.propagate = propagate
