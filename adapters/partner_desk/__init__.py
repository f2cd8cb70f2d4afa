"""A partner's desk: the copies that it is given, as plain lines that survive a restart."""
