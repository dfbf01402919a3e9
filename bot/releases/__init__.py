"""Releases: trained, published, activated, reloaded by running bots, refreshed."""
