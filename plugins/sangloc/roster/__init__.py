"""The population roster and its history."""

from sangloc.roster.give_back import give_back
from sangloc.roster.groups import age_groups
from sangloc.roster.reconcile import reconcile, unlisted
from sangloc.roster.refresh import refresh_commune, summarise

__all__ = ["age_groups", "give_back", "reconcile", "refresh_commune", "summarise", "unlisted"]
