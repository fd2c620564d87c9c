"""Pure: which reports and probes count, and what they say."""
