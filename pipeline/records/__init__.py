"""The nouns that lie on the topics, one a file: URL, target, page, document, verdict, article and the rest.

Here: frozen records, the types of their fields, and the codec between records and bytes.
Not here: decisions. A record never says what becomes of it.
"""
