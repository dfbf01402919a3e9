"""Training, evaluation and publishing of the towers; only bot imports this package."""

from recsys import network as _network  # Paddle's first import, made quiet there, must come before any other

__all__: list[str] = []
del _network
