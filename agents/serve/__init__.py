"""The HTTP service `POST /feed`: `handlers.py` answers, `server.py` starts and stops it.

Here: limits, tokens, answers. Not here: what a row may say (pipeline/url).
"""
