"""The receiver of reports that senders post to an `https:` rua (RFC 8460 s5.4). TLS is the proxy's in front of it."""
