"""The verdict: is a domain ready for enforce? Criteria, minima, waivers. Pure."""
