"""The session plan of a commune: who is due, in what order, where and when."""

from sangloc.planning.plan import communes_to_plan, plan_commune, summarise

__all__ = ["communes_to_plan", "plan_commune", "summarise"]
