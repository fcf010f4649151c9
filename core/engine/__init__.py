"""The queue and its workers. It runs any spec, and knows no experiment by name. Dask is imported when it is needed."""

from core.engine.engine import Engine
from core.engine.view import ACTIVE, View

__all__ = ["ACTIVE", "Engine", "View"]
