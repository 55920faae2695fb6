"""The shell of Chistovik: stages, brokers, processes, the command. Everything that does IO."""
