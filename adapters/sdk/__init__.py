"""What an agency's developer imports to publish to the hub and to receive from it."""
