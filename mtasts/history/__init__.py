"""The history of a domain: its publications, how long senders hold them, and the MX hosts that were seen. Pure."""
