"""Offline evaluation: the product and its baselines on held-out people. Only bot imports this package."""

from recsys.models import network as _network  # Paddle's first import is made quiet there; it must come first.

__all__: list[str] = []
del _network
