"""Pairs of a record and a person to weights of evidence, by Splink with a stored model. Nothing is trained here."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sangloc.errors import ConfigurationError, WarehouseError
from sangloc.linkage.compare import sides
from sangloc.linkage.model import Model

if TYPE_CHECKING:
    import polars as pl

# DuckDB's own limit; the frames that go in and come out are on top of it.
_MEMORY = "1500MB"


@contextmanager
def quiet() -> Iterator[None]:
    """Neither Splink nor DuckDB says anything in here: their messages quote statements and values.

    Raises:
        WarehouseError: in place of any error of theirs, with nothing of its text.
    """
    logger = logging.getLogger("splink")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    except (ConfigurationError, WarehouseError):
        raise
    except Exception as error:
        raise WarehouseError(f"scoring pairs failed in the linkage engine ({type(error).__name__})") from None
    finally:
        logger.setLevel(level)


def database(backend: str | None = None) -> Any:
    """Where Splink computes: DuckDB within this process, or the Spark cluster that is configured.

    Args:
        backend: `duckdb` or `spark`; without it `SANGLOC_LINKAGE_BACKEND`, by default `duckdb`.

    Raises:
        ConfigurationError: for another backend, or Spark where pyspark is not installed.
    """
    name = backend or os.environ.get("SANGLOC_LINKAGE_BACKEND") or "duckdb"
    if name == "duckdb":
        import duckdb
        from splink import DuckDBAPI

        # Whatever does not fit is an error here, never a file with people's data in some temporary folder.
        connection = duckdb.connect(
            config={"memory_limit": _MEMORY, "temp_directory": "", "threads": min(4, os.cpu_count() or 1)}
        )
        return DuckDBAPI(connection)
    if name == "spark":
        try:
            from pyspark.sql import SparkSession  # type: ignore[import-not-found]
            from splink import SparkAPI
        except ImportError:
            raise ConfigurationError("SANGLOC_LINKAGE_BACKEND is spark, but pyspark is not installed") from None
        spark: Any = SparkAPI
        return spark(spark_session=SparkSession.builder.getOrCreate())
    raise ConfigurationError(f"SANGLOC_LINKAGE_BACKEND is {name!r}; expected duckdb or spark")


def score(
    exams: pl.DataFrame, persons: pl.DataFrame, pairs: pl.DataFrame, model: Model, backend: str | None = None
) -> pl.DataFrame:
    """How much speaks for each pair.

    Args:
        exams, persons: see `sangloc.linkage.compare.sides`.
        pairs: `encounter_id`, `person_id`; who is compared with whom.
        model: the stored model.
        backend: see `database`.

    Returns:
        For each pair `encounter_id`, `person_id`, `weight` (log2 of the odds), `probability`, and the level of each
        comparison (`gamma_name`, …; -1 no statement, 0 none, the highest the strongest agreement).
    """
    left, right = sides(exams, persons, model.words)
    with quiet():
        api = database(backend)
        try:
            found = _predict(api, left, right, pairs, model)
        finally:
            if hasattr(api, "_con"):
                api._con.close()
    return found


def _predict(api: Any, left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame, model: Model) -> pl.DataFrame:
    import polars as pl
    from splink import Linker

    tables = [
        api.register(left.to_arrow(), dataset_display_name="exam"),
        api.register(right.to_arrow(), dataset_display_name="person"),
    ]
    linker = Linker(tables, model.settings, log_level=None, validate_settings=False)
    keys = pairs.select(
        match_key=pl.lit("0"),
        join_key_l=pl.concat_str(pl.lit("exam-__-"), pl.col("encounter_id")),
        join_key_r=pl.concat_str(pl.lit("person-__-"), pl.col("person_id")),
    )
    linker.table_management.register_blocked_pairs_for_predict(api.register(keys.to_arrow()))
    # How frequent a name is stands in the tables already: nothing is counted here.
    nobody = pl.DataFrame(schema={"name_fold": pl.String, "tf_name_fold": pl.Float64})
    linker.table_management.register_term_frequency_lookup(api.register(nobody.to_arrow()), "name_fold")
    wanted = {
        "encounter_id": "unique_id_l",
        "person_id": "unique_id_r",
        "weight": "match_weight",
        "probability": "match_probability",
        **{name: name for name in (f"gamma_{each['output_column_name']}" for each in model.settings["comparisons"])},
    }
    predicted = linker.inference.predict(warning_mode="never")
    columns = ", ".join(f"{source} AS {name}" for name, source in wanted.items())
    found = pl.from_arrow(api.query_sql(f"SELECT {columns} FROM {predicted.physical_name}").as_pyarrow_table())  # noqa: S608
    assert isinstance(found, pl.DataFrame)
    return found
