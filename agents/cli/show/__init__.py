"""Terminal output of the commands: events, tables, progress bars, explanations.

This room holds output only. Kafka and command options do not belong here.
"""
