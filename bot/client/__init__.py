"""Calls to the Bot API: transport, retries and rate limits."""
