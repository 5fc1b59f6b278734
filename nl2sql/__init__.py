"""ASK: catalog -> context -> prompt -> candidates -> guard -> vote -> answer."""
