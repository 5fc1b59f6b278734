"""``askwire bench ask``: how often ASK is right over a file of questions whose results are known, and how fast."""
