"""Adoption of what is published by other means: what stands there, and the plan to take it over. Pure."""
