"""Two other ways to the same end, for comparison: pandas with `to_sql`, and staging everything for one SQL merge.

Neither keeps what the roster keeps (identifiers, target groups, claims, rejects with reasons); both are made as quick as
their kind allows without becoming something else.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from roster_bench.driver import peak_memory
from roster_bench.inputs import HEADINGS
from roster_bench.server import copy_file

_TABLES = f"""
CREATE UNLOGGED TABLE stage (
    {", ".join(f"{name} text" for name in HEADINGS)}, commune_code text DEFAULT current_setting('bench.commune')
);
CREATE TABLE merged (
    person_key text PRIMARY KEY, row_hash text, commune_code text, citizen_id text, insurance_no text, full_name text,
    birth_date date, sex smallint, ethnic text, phone text, village text, household_no text, relation text, residence text,
    groups text, guardian_id text
);
CREATE TABLE merged_history (LIKE merged, change text, at timestamptz);
"""
# The number is who a row is; without one, name, birth date and household. A repeated number counts once.
_LISTED = r"""
CREATE TEMPORARY TABLE listed AS
WITH cleaned AS (
    SELECT
        commune_code,
        regexp_replace(coalesce(citizen_id, ''), '[^0-9]', '', 'g') AS citizen_id,
        regexp_replace(coalesce(insurance_no, ''), '\s', '', 'g') AS insurance_no,
        normalize(trim(regexp_replace(coalesce(full_name, ''), '\s+', ' ', 'g')), NFC) AS full_name,
        CASE
            WHEN
                birth_date ~ '^\d{1,2}/\d{1,2}/(19|20)\d{2}$'
                AND pg_input_is_valid(regexp_replace(birth_date, '(.*)/(.*)/(.*)', '\3-\2-\1'), 'date')
                THEN to_date(birth_date, 'DD/MM/YYYY')
            WHEN birth_date ~ '^(19|20)\d{2}$' THEN to_date(birth_date, 'YYYY')
        END AS birth_date,
        CASE lower(sex) WHEN 'nam' THEN 1 WHEN 'nữ' THEN 2 END::smallint AS sex,
        regexp_replace(replace(coalesce(phone, ''), '+84', '0'), '\D', '', 'g') AS phone,
        ethnic, village, household_no, relation, residence, groups, guardian_id
    FROM stage
)
SELECT DISTINCT ON (person_key)
    CASE WHEN citizen_id <> '' THEN citizen_id
    ELSE concat_ws('|', lower(full_name), birth_date, commune_code, household_no) END AS person_key,
    md5(concat_ws(
        '|', commune_code, citizen_id, insurance_no, full_name, birth_date, sex, ethnic, phone, village, household_no,
        relation, residence, groups, guardian_id
    )) AS row_hash,
    cleaned.*
FROM cleaned
WHERE full_name <> '' AND birth_date IS NOT NULL AND sex IS NOT NULL AND citizen_id ~ '^(\d{12})?$'
ORDER BY person_key
"""
_COLUMNS = (
    "person_key, row_hash, commune_code, citizen_id, insurance_no, full_name, birth_date, sex, ethnic, phone, village, "
    "household_no, relation, residence, groups, guardian_id"
)
_MERGE = f"""
WITH compared AS (
    SELECT
        coalesce(l.person_key, m.person_key) AS person_key,
        CASE
            WHEN m.person_key IS NULL THEN 'new'
            WHEN l.person_key IS NULL THEN 'left'
            WHEN l.commune_code <> m.commune_code THEN 'moved'
            ELSE 'changed'
        END AS change
    FROM listed AS l
    FULL JOIN merged AS m ON l.person_key = m.person_key
    WHERE l.row_hash IS DISTINCT FROM m.row_hash
),
kept AS (
    INSERT INTO merged_history
    SELECT m.*, c.change, now() FROM merged AS m INNER JOIN compared AS c ON m.person_key = c.person_key
),
gone AS (
    DELETE FROM merged AS m USING compared AS c WHERE m.person_key = c.person_key AND c.change = 'left'
)
INSERT INTO merged ({_COLUMNS})
SELECT {", ".join(f"l.{name}" for name in _COLUMNS.split(", "))}
FROM listed AS l INNER JOIN compared AS c ON l.person_key = c.person_key
ON CONFLICT (person_key) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])}
"""  # noqa: S608


def to_sql(url: str, paths: Mapping[str, Path], method: str | None) -> tuple[float, int]:
    """Seconds and peak memory of read_csv, light normalising and `DataFrame.to_sql`, file by file, then two indexes.

    Args:
        url: of an empty database, for SQLAlchemy.
        method: None (executemany) or `multi` (many rows in one INSERT), as `to_sql` takes it.
    """
    import pandas as pd
    from sqlalchemy import create_engine, text

    engine = create_engine(url)
    begun = time.perf_counter()
    with engine.begin() as connection:
        for code, path in paths.items():
            frame = pd.read_csv(path, dtype=str, keep_default_na=False).set_axis(list(HEADINGS), axis=1)
            frame["full_name"] = frame["full_name"].str.normalize("NFC").str.replace(r"\s+", " ", regex=True).str.strip()
            frame["name_key"] = frame["full_name"].str.casefold()
            for name in ("citizen_id", "phone", "guardian_id"):
                frame[name] = frame[name].str.replace(r"[^0-9]", "", regex=True)
            known = pd.to_datetime(frame["birth_date"], format="%d/%m/%Y", errors="coerce")
            frame["birth_date"] = known.fillna(pd.to_datetime(frame["birth_date"], format="%Y", errors="coerce"))
            frame["sex"] = frame["sex"].map({"Nam": 1, "Nữ": 2})
            frame["commune_code"] = code
            good = frame["birth_date"].notna() & frame["sex"].notna() & (frame["full_name"] != "")
            good &= frame["citizen_id"].str.fullmatch(r"(\d{12})?")
            good &= (frame["citizen_id"] == "") | ~frame["citizen_id"].duplicated()
            # A statement has at most 65,535 parameters.
            rows = 3_000 if method == "multi" else 20_000
            frame[good].to_sql("pandas_roster", connection, if_exists="append", index=False, method=method, chunksize=rows)  # type: ignore[arg-type]
        for name in ("citizen_id", "commune_code"):
            connection.execute(text(f"CREATE INDEX ON pandas_roster ({name})"))
    seconds = time.perf_counter() - begun
    engine.dispose()
    return seconds, peak_memory()


def stage_and_merge(url: str, first: Mapping[str, Path], month: Mapping[str, Path]) -> tuple[float, float, int]:
    """Seconds of a first load and of a month's refresh, each as COPY of everything and one merge; people afterwards."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
        seconds = []
        for paths in (first, month):
            connection.execute("CHECKPOINT")
            begun = time.perf_counter()
            with connection.transaction():
                connection.execute("TRUNCATE stage")
                for code, path in paths.items():
                    connection.execute("SELECT set_config('bench.commune', %s, true)", [code])
                    copy_file(connection, f"COPY stage ({', '.join(HEADINGS)}) FROM STDIN (FORMAT csv, HEADER)", path)
                connection.execute(_LISTED)
                connection.execute("ANALYZE listed")
                connection.execute(_MERGE)
                connection.execute("DROP TABLE listed")
                if paths is first:
                    connection.execute("CREATE INDEX ON merged (commune_code)")
            seconds.append(time.perf_counter() - begun)
            connection.execute("VACUUM (ANALYZE)")
        ((people,),) = connection.execute("SELECT count(*) FROM merged").fetchall()
    return seconds[0], seconds[1], int(people)
