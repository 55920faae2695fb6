"""The live page: `handlers.py` says what each path shows, `server.py` starts and stops it.

Here: requests, access, templates. Not here: reading topics (reports).
"""
