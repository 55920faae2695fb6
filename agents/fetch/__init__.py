"""The stage fetch: from `urls` to `pages`, politely and safely.

Here: the queue by host, pace, requests, redirects, the address guard, offsets.
Not here: what an answer means (pipeline/url).
"""
