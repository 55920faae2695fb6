"""Answers to people's questions: audit, dead letters, lag, what a host repeats.

Here: the arithmetic and the wording of reports. Not here: reading them from Kafka (agents/reports).
"""
