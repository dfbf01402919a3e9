"""The models of a release: the towers and their features, the item re-ranker and the exposure model."""
