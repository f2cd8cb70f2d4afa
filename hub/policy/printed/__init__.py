"""Agreements as documents that people read, print and sign; made from the same source that is enforced."""
