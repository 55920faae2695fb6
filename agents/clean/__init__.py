"""The stage clean: from `pages` to `documents`, in worker processes that may be killed.

Here: the process pool, and the host profiles in Kafka. Not here: the cleaning itself (pipeline/document).
"""
