"""One module for each address: its path, its shape in the published description, and its handler."""
