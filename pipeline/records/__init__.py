"""The records on the topics, one per file: URL, target, page, document, verdict, article and the rest.

Here: frozen records, the types of their fields, and the codec between records and bytes.
Not here: decisions. A record does not know what happens to it next.
"""
