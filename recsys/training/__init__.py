"""Training, evaluation and publishing of the towers; only bot imports this package."""

from recsys.models import network as _network

__all__: list[str] = []
del _network
