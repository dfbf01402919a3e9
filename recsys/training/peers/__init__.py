"""What the towers are compared with: peers fit on the train people and choose on the validation people."""

from recsys.training.evaluate import ModelFactory
from recsys.training.peers.als import ALS
from recsys.training.peers.linear import EASE, ItemKNN
from recsys.training.peers.popularity import DemographicPopularity, Popularity
from recsys.training.peers.recvae import RecVAE, RecVAEOnSubsets

__all__ = ["ALS", "EASE", "DemographicPopularity", "ItemKNN", "Popularity", "RecVAE", "RecVAEOnSubsets", "peers_table"]


def peers_table() -> dict[str, ModelFactory]:
    """Name -> factory of every peer, in table order."""
    peers = (Popularity, DemographicPopularity, ItemKNN, ALS, EASE, RecVAE, RecVAEOnSubsets)
    return {peer.name: peer.fit for peer in peers}
