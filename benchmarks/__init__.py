"""What the hub costs, beside what a user would pick instead; run by ``make bench``."""
