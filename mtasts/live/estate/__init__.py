"""Readers of what other tools hold of an estate: zone files, an octoDNS folder, a Terraform state."""
