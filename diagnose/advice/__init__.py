"""What to do about a finding: indexes and rewritten statements."""
