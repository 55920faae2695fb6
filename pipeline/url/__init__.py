"""URLs to fetch: input rows, blocked addresses, robots.txt, and the meaning of HTTP answers.

Here: decisions about one URL or one HTTP answer, without network access.
Not here: requests (agents/fetch) and lists of URLs (pipeline/listing).
"""
