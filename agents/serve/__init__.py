"""The HTTP service `POST /feed`: `handlers.py` answers requests, `server.py` starts and stops it.

Belongs here: limits, tokens, answers. Does not belong here: the format of a row (pipeline/url).
"""
