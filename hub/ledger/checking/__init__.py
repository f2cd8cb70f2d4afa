"""Whether everything that is stored of the record and its log fits together, from the entries up."""
