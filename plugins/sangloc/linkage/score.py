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
            if duck(api):
                api._con.close()
    return found


def _predict(api: Any, left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame, model: Model) -> pl.DataFrame:
    import polars as pl
    from splink import Linker

    tables = [table(api, "exam", left), table(api, "person", right)]
    linker = Linker(tables, model.settings, log_level=None, validate_settings=False)
    keys = pairs.select(
        match_key=pl.lit("0"),
        join_key_l=pl.concat_str(pl.lit("exam-__-"), pl.col("encounter_id")),
        join_key_r=pl.concat_str(pl.lit("person-__-"), pl.col("person_id")),
    )
    linker.table_management.register_blocked_pairs_for_predict(table(api, "pair", keys))
    # How frequent a name is stands in the tables already: nothing is counted here.
    nobody = pl.DataFrame(schema={"name_fold": pl.String, "tf_name_fold": pl.Float64})
    linker.table_management.register_term_frequency_lookup(table(api, "nobody", nobody), "name_fold")
    wanted = {
        "encounter_id": "unique_id_l",
        "person_id": "unique_id_r",
        "weight": "match_weight",
        "probability": "match_probability",
        **{name: name for name in (f"gamma_{each['output_column_name']}" for each in model.settings["comparisons"])},
    }
    predicted = linker.inference.predict(warning_mode="never")
    columns = ", ".join(f"{source} AS {name}" for name, source in wanted.items())
    found = api.query_sql(f"SELECT {columns} FROM {predicted.physical_name}")  # noqa: S608
    return pl.DataFrame(found.as_duckdbpyrelation().fetchnumpy()) if duck(api) else pl.from_pandas(found.as_pandas_dataframe())


def duck(api: Any) -> bool:
    """Whether Splink computes in DuckDB."""
    return hasattr(api, "_con")


def table(api: Any, name: str, frame: pl.DataFrame) -> Any:
    """A frame as a table that Splink knows under this name."""
    if not duck(api):
        return api.register(frame.to_pandas(), dataset_display_name=name)
    api._con.register("incoming", _Stream(frame))
    api._con.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608
    api._con.unregister("incoming")
    return api.register(name, dataset_display_name=name)


class _Stream:
    """A frame as the Arrow stream that it is; DuckDB would want pyarrow for the frame itself."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)
