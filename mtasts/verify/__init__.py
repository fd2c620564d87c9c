"""Observations of a mail domain, judged by checks, as findings. Pure."""
