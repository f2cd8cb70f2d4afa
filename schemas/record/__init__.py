"""The blocks that events are made of; every leaf says what kind of fact it is."""
