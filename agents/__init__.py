"""The shell of Chistovik: stages, brokers, processes and the command. Everything that does IO."""
