"""Calls to the Bot API: the transport, retries and rate limits."""
