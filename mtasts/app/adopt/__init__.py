"""Adoption as a use case: look at domains that have MTA-STS already, plan how each is taken over, write its file."""
