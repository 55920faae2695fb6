"""The stage `fetch`: from `urls` to `pages`, politely and safely.

Here: the queue of each host, pace, requests, redirects, the address guard, offsets.
Not here: the meaning of an answer (pipeline/url).
"""
