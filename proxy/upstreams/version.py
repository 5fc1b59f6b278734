"""What the gateway's own server says it is. Of the 8.4 line: an older version makes drivers send old statements."""

SERVER_VERSION = "8.4.0-askwire"
