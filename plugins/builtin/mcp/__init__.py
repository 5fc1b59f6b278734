"""``askwire mcp``: a Model Context Protocol server that is a MySQL client of a gateway, with one account's rights."""
