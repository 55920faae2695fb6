"""Is a document new? The ledger of a partition, the claims it rests on, and the rule for near-duplicates.

Here: decisions that follow from the log of documents alone, and the state they need.
Not here: Kafka, files and clocks (agents/dedupe).
"""
