"""Everything of AMQP on the hub's own side: what stands in the broker, and what the hub does with it."""
