"""Reports for people: audit, dead letters, lag, repeated lines of a host.

Here: the arithmetic and the wording of reports. Not here: reading them from Kafka (agents/reports).
"""
