"""A neighbourhood policing team: who is coming out or is wanted, and whether they are engaging."""
