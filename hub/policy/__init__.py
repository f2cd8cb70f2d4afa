"""The sharing protocol: agreements are loaded, compiled, decided on, and made into views."""
