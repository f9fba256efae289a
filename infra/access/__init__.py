"""Who may do what in the engines: the accounts, what each may do in Kafka and in Cassandra, and how that is made so."""
