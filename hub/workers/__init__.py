"""Several processes share the work: each is alive while it says so, and holds a share of the partitions."""
