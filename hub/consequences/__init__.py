"""What follows from an event, said by the hub itself."""
