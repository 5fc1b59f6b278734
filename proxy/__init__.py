"""The wire and the process: listener, handshake, relay, statement routing, upstreams, command line."""
