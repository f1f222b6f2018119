"""Pages inside Airflow's UI. Importing this costs nothing: every component of Airflow reads the plugin, one serves pages."""

from sangloc import settings
from sangloc.web.lazy import LazyApp

# Where the review pages are mounted, and what they are called in Airflow's menu.
REVIEW_PREFIX = "/sangloc/review"
review_app = LazyApp("sangloc.web.review", "make_app")
review_menu = {
    "name": "Liên kết sổ sức khỏe",
    "href": f"{REVIEW_PREFIX}/",
    "url_route": "health-book-review",
    "destination": "nav",
    "category": "browse",
}

# Likewise what is owed, how each report stands, and its figures.
REPORTS_PREFIX = settings.REPORT_PAGES
reports_app = LazyApp("sangloc.web.reports", "make_app")
reports_menu = {
    "name": "Báo cáo và thời hạn",
    "href": f"{REPORTS_PREFIX}/",
    "url_route": "reports",
    "destination": "nav",
    "category": "browse",
}

__all__ = ["REPORTS_PREFIX", "REVIEW_PREFIX", "LazyApp", "reports_app", "reports_menu", "review_app", "review_menu"]
