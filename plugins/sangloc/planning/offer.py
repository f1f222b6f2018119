"""What a commune can offer: the days and places of its station and of the province's mobile teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sangloc.deadlines import is_working_day, working_days
from sangloc.provinces import Capacity


@dataclass(frozen=True)
class MobileDay:
    """A day on which one of the province's mobile teams (numbered from 1) is in the commune."""

    day: date
    team: int


def campaign_days(first: date, capacity: Capacity) -> list[date]:
    """The days with sessions from the first working day on or after `first` to 31 December of that day's year.

    A year's plan ends with the year, because an exam counts for the year it takes place in: on 30 December one day is
    left and most people are told that the capacity is exhausted; on 31 December the plan is the next year's. Saturdays
    and Sundays are used only when they make up for a swapped day off (`sangloc.deadlines`).

    Args:
        first: the earliest day a session may take place.
        capacity: its `working_weekdays` (1 is Monday) say which ordinary weekdays have sessions.
    """

    def offered(day: date) -> bool:
        return is_working_day(day) and (day.isoweekday() in capacity.working_weekdays or day.isoweekday() > 5)

    start = first
    while not offered(start):
        start += timedelta(days=1)
    return [day for day in working_days(start, date(start.year, 12, 31)) if offered(day)]


def mobile_days(days: Sequence[date], teams: int, position: int, communes: int) -> list[MobileDay]:
    """When a mobile team comes to a commune: the teams go round all communes, day by day.

    The round depends on the calendar alone, so that communes planned apart from each other never book the same team on
    the same day.

    Args:
        days: the days with sessions.
        teams: number of mobile teams of the province.
        position: the commune's place among the communes of the province, from 0.
        communes: number of communes.
    """
    return [
        MobileDay(day, team + 1)
        for day in days
        for team in range(min(teams, communes))
        if (day.toordinal() * teams + team) % communes == position
    ]
