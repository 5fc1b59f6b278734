"""The MySQL protocol, sans-IO: bytes in, events out. Standard library and mysql-mimic codecs only."""
