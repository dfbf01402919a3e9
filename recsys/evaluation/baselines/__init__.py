"""What the towers are compared with: peers fit on the train people and choose on the validation people."""

from recsys.evaluation.baselines.als import ALS
from recsys.evaluation.baselines.linear import EASE, ItemKNN
from recsys.evaluation.baselines.popularity import DemographicPopularity, Popularity
from recsys.evaluation.baselines.recvae import RecVAE, RecVAEOnSubsets
from recsys.evaluation.newcomers import ModelFactory

__all__ = [
    "ALS",
    "EASE",
    "DemographicPopularity",
    "ItemKNN",
    "Popularity",
    "RecVAE",
    "RecVAEOnSubsets",
    "baselines_table",
]


def baselines_table() -> dict[str, ModelFactory]:
    """Name -> factory of every peer, in table order."""
    peers = (Popularity, DemographicPopularity, ItemKNN, ALS, EASE, RecVAE, RecVAEOnSubsets)
    return {peer.name: peer.fit for peer in peers}
