"""What an agreement comes to, worked out over every case that there can be."""
