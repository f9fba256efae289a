"""Everything that touches Faust and its Kafka client: where reading begins, who reads what, what is committed."""
