"""The network of trained towers, with the embeddings that serving does without."""

from recsys.models.network import Network
from recsys.models.towers import Towers


def network_of(towers: Towers) -> Network:
    """Return the network that a release of towers was saved from, ready to compute movie vectors."""
    assert towers._weights is not None
    vocabulary = towers.vocabulary
    network = Network(len(vocabulary.movie_ids), len(vocabulary.tokens), towers.info.objective, spread=0.0)
    network.load_weights(towers._weights)
    network.eval()
    return network
