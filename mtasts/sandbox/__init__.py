"""An embedded cloud on loopback: provider servers, DNS, an HTTPS edge and mail servers behind the unmodified program."""
