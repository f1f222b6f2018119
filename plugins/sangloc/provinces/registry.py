"""Writes the provinces of the profiles into the warehouse, so that tables can refer to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sangloc.provinces.reader import every_commune, load

if TYPE_CHECKING:
    from sqlalchemy import Connection


def register(conn: Connection, slug: str) -> dict[str, int]:
    """Upserts the province, its communes, its order of exam sources and its obligations; running it twice changes nothing.

    Obligations that the profile no longer has stay, marked inactive: submissions refer to them.

    Args:
        conn: an open transaction of a role that may write `ref` and `reporting`.
        slug: the province's folder name.

    Returns:
        Numbers of communes and obligations in the profile.

    Raises:
        ConfigurationError: when profile or commune file is wrong.
    """
    from sangloc.warehouse import sql

    profile, units = load(slug), every_commune(slug)
    conn.execute(
        sql("provinces/upsert_province"),
        {
            "code": profile.code,
            "slug": profile.slug,
            "name": profile.name,
            "population": profile.population,
            "population_source": profile.population_source,
            "joined_on": profile.joined,
        },
    )
    conn.execute(
        sql("provinces/upsert_commune"),
        [{"province_code": profile.code, **unit.model_dump()} for unit in units],
    )
    conn.execute(
        sql("provinces/upsert_exam_source"),
        [
            {
                "province_code": profile.code,
                "source": source,
                "rank": rank,
                "kind": next(kind for kind, sources in profile.coverage.kinds.items() if source in sources),
            }
            for rank, source in enumerate(profile.coverage.source_priority, 1)
        ],
    )
    conn.execute(
        sql("provinces/upsert_obligation"),
        [
            {
                "province_code": profile.code,
                "obligation": obligation.id,
                "name_vi": obligation.name_vi,
                "issuer": obligation.issuer,
                "recipient": "; ".join(recipient.name for recipient in obligation.recipients),
                "cadence": obligation.cadence,
                "legal_basis": obligation.legal_basis,
                "certainty": obligation.certainty,
            }
            for obligation in profile.obligations
        ],
    )
    conn.execute(
        sql("provinces/retire_obligations"),
        {"province_code": profile.code, "kept": [obligation.id for obligation in profile.obligations]},
    )
    return {"communes": len(units), "obligations": len(profile.obligations)}
