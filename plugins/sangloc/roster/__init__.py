"""The population roster and its history."""

from sangloc.roster.refresh import refresh_commune, summarise

__all__ = ["refresh_commune", "summarise"]
