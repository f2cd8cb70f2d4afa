"""The national domain events of prisons and probation, told to the hub in its own words."""
