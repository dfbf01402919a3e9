"""Persistent state: SQL tables, movie vectors, movie metadata and change notifications. Imports no other package."""
