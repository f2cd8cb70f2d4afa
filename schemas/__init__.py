"""What crosses the wire between the hub and the agencies; imports nothing else of this project."""
