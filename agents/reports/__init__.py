"""Reports read from Kafka: audit, dead letters, duplicates, trace, lag, status.

Here: reading, bounded in time and memory. Not here: arithmetic (pipeline/reports) and printing (cli).
"""
