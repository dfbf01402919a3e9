"""Histories from other services: the file, its preview, and the import."""
