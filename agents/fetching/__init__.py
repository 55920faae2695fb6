"""Fetching pages from the web: politely, within bounds, and never from inside our own network."""
