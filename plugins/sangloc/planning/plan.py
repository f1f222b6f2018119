"""Planning one commune: one transaction, set-based, and nothing happens when nothing changed."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sangloc import clock, provinces
from sangloc.audit import note
from sangloc.errors import ConfigurationError
from sangloc.planning.offer import campaign_days, mobile_days
from sangloc.warehouse import advisory_lock, sql, transaction

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The code list in which profiles name target groups (DOI_TUONG of QĐ 2062/QĐ-BYT), as the roster stores it.
CODE_SET = "QD2062"
# Raised when the rules below change, so that plans made by older rules are made again.
RULES = 1
# Results have to be sent within 24 hours of the exam round (QĐ 1551/QĐ-BYT); a day more for loading and linking them.
RESULTS_TAKE = timedelta(days=2)
# A smaller village could be one household, and its name an address.
VILLAGE_AT_LEAST = 10


def plan_commune(slug: str, commune_code: str, run_id: str) -> dict[str, int]:
    """Make, or mend, the commune's plan of the year.

    Due is who is on the roster, resident by the profile's rule, and without a linked exam in the campaign year. The
    year is that of the first possible session day, tomorrow or later; sessions run to its end. People are ranked by the
    profile's priority groups, then by the age of their household's eldest member of the same priority (so that a
    household comes together), age and id. They fill the station's places day by day; whoever finds none there is
    offered the mobile teams' days in their own village, the rest is written down as `capacity_exhausted`.

    A plan is kept as it is while the people due, their priority, the capacities and the year's calendar are the same
    and nobody due has missed an appointment. Otherwise it is mended: whoever is still due keeps the appointment they
    have, places that became free and new days are given out by rank. Sessions already held stay as a record.

    Args:
        slug: the province.
        commune_code: official code of five digits.
        run_id: the run that asks, kept with the plan.

    Returns:
        People `due`, `planned`, `unplanned`, and `residence_not_counted`; `sessions` from the plan's first day on;
        `changed` 1 when the plan was made or mended, else 0.

    Raises:
        ConfigurationError: when the province has no such commune.
    """
    profile = provinces.load(slug)
    units = provinces.communes(slug)
    position = next((number for number, unit in enumerate(units) if unit.code == commune_code), None)
    if position is None:
        raise ConfigurationError(f"{slug} has no commune {commune_code} in force; see include/provinces/{slug}/communes.csv")
    today = clock.today()
    days = campaign_days(today + timedelta(days=1), profile.capacity)
    year = days[0].year
    key = {"province_code": profile.code, "commune_code": commune_code, "year": year}
    residences = _residences(profile.residence)

    with transaction() as connection:
        advisory_lock(connection, f"planning {commune_code}")
        connection.execute(sql("planning/create_work"))
        connection.execute(
            sql("planning/fill_due"),
            {
                **key,
                "residences": residences,
                "code_set": CODE_SET,
                "groups": _groups(profile.priority_groups),
                "last_priority": len(profile.priority_groups) + 1,
            },
        )
        not_counted = connection.execute(sql("planning/not_counted"), {**key, "residences": residences}).scalar_one()
        people = connection.execute(sql("planning/fingerprint")).one()
        input_hash = _input_hash(people.people_hash, profile.capacity, year, position, len(units))
        keep_from = today - RESULTS_TAKE
        existing = sql("planning/current_plan")
        current = connection.execute(existing, {**key, "keep_from": keep_from}).one_or_none()
        changed = current is None or current.input_hash != input_hash or current.has_missed
        if changed:
            _offer(connection, profile, units[position].name, key, days, position, len(units))
            if current is not None:
                connection.execute(
                    sql("planning/keep_appointments"),
                    {"plan_id": current.plan_id, "today": today, "keep_from": keep_from},
                )
            connection.execute(sql("planning/assign_station"))
            connection.execute(sql("planning/assign_mobile"))
            plan_id = connection.execute(
                sql("planning/upsert_plan"),
                {
                    **key,
                    "starts_on": days[0],
                    "ends_on": days[-1],
                    "input_hash": input_hash,
                    "planned_at": clock.now(),
                    "run_id": run_id,
                },
            ).scalar_one()
            connection.execute(sql("planning/clear_invitations"), {"plan_id": plan_id})
            connection.execute(sql("planning/drop_sessions"), {"plan_id": plan_id, "today": today})
            connection.execute(
                sql("planning/upsert_sessions"),
                {"plan_id": plan_id, "province_code": profile.code, "commune_code": commune_code},
            )
            connection.execute(sql("planning/insert_invitations"), {"plan_id": plan_id})
            current = connection.execute(existing, {**key, "keep_from": keep_from}).one()
    assert current is not None
    counts = {
        "due": int(current.due_people),
        "planned": int(current.planned_people),
        "unplanned": int(current.unplanned_people),
        "residence_not_counted": int(not_counted),
        "sessions": int(current.sessions),
        "changed": int(changed),
    }
    note(commune=commune_code, year=year, plan=counts, plan_input=input_hash)
    return counts


def summarise(slug: str, run_id: str) -> dict[str, int]:
    """The province's plans of the campaign year, added up.

    Returns:
        `communes` with a plan, people `due`, `planned`, `unplanned`, coming `sessions`, and `changed`: the plans made
        or mended by this run.
    """
    profile = provinces.load(slug)
    year = campaign_days(clock.today() + timedelta(days=1), profile.capacity)[0].year
    with transaction() as connection:
        row = connection.execute(sql("planning/summary"), {"province_code": profile.code, "year": year, "run_id": run_id}).one()
    counts = {name: int(value) for name, value in row._mapping.items()}
    note(year=year, plans=counts)
    return counts


def _residences(rule: provinces.Residence) -> list[str]:
    """The residence classes of the roster that the profile's rule counts. Classes know 12 months as the only border."""
    counted = ["permanent"]
    if rule.temporary_min_months <= 12:
        counted.append("temporary_12m")
    if rule.temporary_min_months == 0:
        counted.append("temporary_short")
    return counted


def _groups(groups: list[provinces.PriorityGroup]) -> str:
    return json.dumps(
        [
            {
                "priority": priority,
                "id": group.id,
                "codes": [str(code) for code in group.codes],
                "age_from": group.age_from,
                "age_below": group.age_below,
            }
            for priority, group in enumerate(groups, start=1)
        ]
    )


def _input_hash(people: str, capacity: provinces.Capacity, year: int, position: int, communes: int) -> str:
    """A hash of everything the plan depends on but the day it is made, so that a valid plan outlives the day."""
    calendar = [day.isoformat() for day in campaign_days(date(year, 1, 1), capacity)]
    facts = [RULES, people, capacity.model_dump(mode="json"), position, communes, calendar]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _offer(
    connection: Connection,
    profile: provinces.Profile,
    commune: str,
    key: dict[str, Any],
    days: list[date],
    position: int,
    communes: int,
) -> None:
    """Registers sites and teams and fills the temporary table of places."""
    where = {"province_code": key["province_code"], "commune_code": key["commune_code"]}
    capacity = profile.capacity

    def site(name: str, kind: str) -> int:
        row = connection.execute(sql("planning/upsert_site"), {**where, "name": name, "kind": kind})
        return int(row.scalar_one())

    def team(name: str, capacity: int) -> int:
        row = connection.execute(sql("planning/upsert_team"), {**where, "name": name, "persons_per_day": capacity})
        return int(row.scalar_one())

    hours = {"starts_at": min(part.starts for part in capacity.working_hours).isoformat(),
             "ends_at": max(part.ends for part in capacity.working_hours).isoformat()}  # fmt: skip
    station = {
        "site_id": site(f"Trạm Y tế {commune}", "fixed"),
        "team_id": team(f"Tổ khám Trạm Y tế {commune}", capacity.station_persons_per_day),
        "capacity": capacity.station_persons_per_day,
        **hours,
    }
    slots = [{**station, "session_date": day.isoformat()} for day in days]

    visits = mobile_days(campaign_days(date(days[0].year, 1, 1), capacity), capacity.teams, position, communes)
    names = connection.execute(sql("planning/villages"), {**where, "at_least": VILLAGE_AT_LEAST}).scalars().all()
    if visits and names:
        villages = [(name, site(f"Điểm khám lưu động {name}", "mobile")) for name in names]
        teams = {
            number: team(f"Đội khám lưu động {number}", capacity.team_persons_per_day)
            for number in sorted({visit.team for visit in visits})
        }
        for turn, visit in enumerate(visits):
            if visit.day < days[0]:
                continue
            village, site_id = villages[turn % len(villages)]
            slots.append(
                {
                    "site_id": site_id,
                    "team_id": teams[visit.team],
                    "village": village,
                    "capacity": capacity.team_persons_per_day,
                    "session_date": visit.day.isoformat(),
                    **hours,
                }
            )
    connection.execute(sql("planning/fill_slots"), {"slots": json.dumps(slots)})
