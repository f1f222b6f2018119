"""Pairs of a record and a person to weights of evidence, by Splink with a stored model. Nothing is trained here."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sangloc.errors import ConfigurationError, WarehouseError
from sangloc.linkage.compare import COLUMNS, sides
from sangloc.linkage.model import Model

if TYPE_CHECKING:
    import polars as pl

_SIDES = ("exam", "person")

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


class Scorer:
    """Splink with the stored model, ready to weigh pairs once. To make it ready takes longer than to weigh a day's pairs.

    Args:
        model: the stored model.
        backend: see `database`.

    Raises:
        ConfigurationError: the backend cannot be had.
        WarehouseError: the engine failed.
    """

    def __init__(self, model: Model, backend: str | None = None) -> None:
        self._model = model
        with quiet():
            self._api = database(backend)
            self._linker: Any = self._linked(_empty(), _empty()) if duck(self._api) else None

    def close(self) -> None:
        """Give back the engine's memory."""
        if duck(self._api):
            self._api._con.close()

    def score(self, exams: pl.DataFrame, persons: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
        """How much speaks for each pair.

        Args:
            exams, persons: see `sangloc.linkage.compare.sides`.
            pairs: `encounter_id`, `person_id`; who is compared with whom.

        Returns:
            For each pair `encounter_id`, `person_id`, `weight` (log2 of the odds), `probability`, and the level of each
            comparison (`gamma_name`, …; -1 no statement, 0 none, the highest the strongest agreement).

        Raises:
            WarehouseError: the engine failed.
        """
        both = sides(exams, persons, self._model.words)
        with quiet():
            if self._linker is None:
                self._linker = self._linked(*both)
            else:
                for name, frame in zip(_SIDES, both, strict=True):
                    _fill(self._api, name, frame)
            return self._predict(pairs)

    def _linked(self, left: pl.DataFrame, right: pl.DataFrame) -> Any:
        from splink import Linker

        tables = [table(self._api, name, frame) for name, frame in zip(_SIDES, (left, right), strict=True)]
        return Linker(tables, self._model.settings, log_level=None, validate_settings=False)

    def _predict(self, pairs: pl.DataFrame) -> pl.DataFrame:
        import polars as pl

        api, linker = self._api, self._linker
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
            **{name: name for name in (f"gamma_{each['output_column_name']}" for each in self._model.settings["comparisons"])},
        }
        predicted = linker.inference.predict(warning_mode="never")
        columns = ", ".join(f"{source} AS {name}" for name, source in wanted.items())
        found = api.query_sql(f"SELECT {columns} FROM {predicted.physical_name}")  # noqa: S608
        if duck(api):
            return pl.DataFrame(found.as_duckdbpyrelation().fetchnumpy())
        return pl.from_pandas(found.as_pandas_dataframe())


def _empty() -> pl.DataFrame:
    import polars as pl

    numbers = {"unique_id": pl.Int64, "sex": pl.Int16, "is_given": pl.Int8, "tf_name_fold": pl.Float64}
    return pl.DataFrame(schema={name: numbers.get(name, pl.String()) for name in COLUMNS})


def duck(api: Any) -> bool:
    """Whether Splink computes in DuckDB."""
    return hasattr(api, "_con")


def table(api: Any, name: str, frame: pl.DataFrame) -> Any:
    """A frame as a table that Splink knows under this name."""
    if not duck(api):
        return api.register(frame.to_pandas(), dataset_display_name=name)
    with _incoming(api, frame):
        api._con.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")  # noqa: S608
    return api.register(name, dataset_display_name=name)


def _fill(api: Any, name: str, frame: pl.DataFrame) -> None:
    """A frame into an empty table of the same columns."""
    with _incoming(api, frame):
        api._con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM incoming")  # noqa: S608


@contextmanager
def _incoming(api: Any, frame: pl.DataFrame) -> Iterator[None]:
    api._con.register("incoming", _Stream(frame))
    yield
    api._con.unregister("incoming")


class _Stream:
    """A frame as the Arrow stream that it is; DuckDB would want pyarrow for the frame itself."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)
