"""The hub on RabbitMQ and PostgreSQL, beside relays that decide and record nothing, in the same queues."""
