"""The verbs of the embedded cloud."""
