"""Verdicts as text and JSON, and the texts of proposals."""
