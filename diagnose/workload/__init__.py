"""The statements seen on the wire, by digest, and advice for all of them."""
