"""The stage dedupe: from `documents` to `verdicts`, in the order of the log.

Here: ledgers on disk and in Kafka, recovery, tombstones. Not here: the decision (pipeline/verdict).
"""
