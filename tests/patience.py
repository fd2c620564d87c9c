"""How long a test waits for what must come: long enough that only a hang ends it, whatever else the machine does."""

PATIENCE = 300
"""Seconds. A bound for waiting, never a statement about speed: speeds are measured in bench/."""
