"""Reports that are read from Kafka: audit, dead letters, duplicates, trace, lag, status.

Here: reading, within limits of time and memory. Not here: arithmetic (pipeline/reports) and printing (cli).
"""
