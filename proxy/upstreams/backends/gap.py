"""What stands between words of SQL: white space and comments, for a look at a statement before it is sent."""

# Possessive throughout: with a plain ``(?:…|/\*.*?\*/)*`` a row of comments can be cut in 2^n ways, and Python's ``re``
# holds the interpreter's lock, so that one statement would stop every session.
GAP = r"(?:\s|--[^\n]*+(?:\n|\Z)|/\*(?:[^*]++|\*(?!/))*+\*/)"
