"""Bytes from an agency become an event, or a refusal that names the field and never the value."""
