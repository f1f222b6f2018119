"""From an exam record to the person it belongs to and that person's health book."""

from sangloc.linkage.link import link

__all__ = ["link"]
