"""What was published when, how long senders hold it, and which MX hosts were seen. Pure."""
