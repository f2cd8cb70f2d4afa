"""What is needed to run a hub: the rehearsal on one machine."""
