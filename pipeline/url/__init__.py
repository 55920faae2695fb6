"""URLs to fetch: the rows people write, safe addresses, robots.txt, and what an answer means.

Here: decisions about one URL or one HTTP answer, without a network.
Not here: requests (agents/fetch) and lists of URLs (listing).
"""
