"""The session plan of a commune: who is due, in what order, where and when."""

from sangloc.planning.plan import plan_commune, summarise

__all__ = ["plan_commune", "summarise"]
