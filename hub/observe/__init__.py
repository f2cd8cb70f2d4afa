"""What operators see: logs and metrics, with nothing personal in them."""
