"""What is answered by the record: to a person, of an agency, on a ground, of what was never given, and as a whole."""
