"""Offline evaluation of the product and its baselines on held-out people. Only bot imports this package."""

from recsys.models import network as _network  # It silences Paddle's first import, so it must come first.

__all__: list[str] = []
del _network
