"""The application under a name that is on no path but PYTHONPATH."""

from httpbin import app

__all__ = ["app"]
