"""Pages inside Airflow's UI. Importing this costs nothing: every component of Airflow reads the plugin, one serves pages."""

from sangloc.web.lazy import LazyApp

# Where the review page is mounted, and what it is called in Airflow's menu.
REVIEW_PREFIX = "/sangloc/review"
review_app = LazyApp("sangloc.web.review", "make_app")
review_menu = {
    "name": "Liên kết sổ sức khỏe",
    "href": f"{REVIEW_PREFIX}/",
    "url_route": "health-book-review",
    "destination": "nav",
    "category": "browse",
}

__all__ = ["REVIEW_PREFIX", "LazyApp", "review_app", "review_menu"]
