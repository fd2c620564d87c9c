"""The usual place of reports. It stands apart from the stores, which take 50 ms to load."""

# Beside the project's other data; git ignores it.
DEFAULT_LOCATION = ".mtasts/reports"
