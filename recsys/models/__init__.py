"""What a release holds: the towers, their features, the item re-ranker and the exposure model."""
