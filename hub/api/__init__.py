"""The agencies' HTTP interface: every address, what it takes and answers, and who may ask."""
