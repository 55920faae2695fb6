"""The live page: a small web site that shows the running pipeline. `server.py` starts it, `handlers/` answers requests.

This room holds requests, access, live state and templates. Reading whole topics belongs to reports.
"""
