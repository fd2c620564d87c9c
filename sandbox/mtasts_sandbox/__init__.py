"""An embedded cloud on loopback: provider servers, DNS, HTTPS edge and mail servers behind the unmodified program."""
