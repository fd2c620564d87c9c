"""TLS reports: which count, for whom they speak, and what they say. Pure."""
