"""Shows columns changed to the accounts that a rule names, whatever statement reads them; see ``docs/masking.md``."""
