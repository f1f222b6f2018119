"""Sàng Lọc: the yearly free health check of a Vietnamese province, from roster to signed report."""

__version__ = "0.1.0"
