"""The nouns of Chistovik and the pure functions between them.

Nothing in this package does IO, reads a clock or the environment, logs, or knows Kafka or Faust.
"""
