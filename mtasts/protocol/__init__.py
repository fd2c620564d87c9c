"""The wire forms of RFC 8461 and RFC 8460, without I/O: bytes and strings in, values or named problems out."""
