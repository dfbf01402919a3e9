"""The life of a release: training, publishing, activation, refresh, and its reload by running bots."""
