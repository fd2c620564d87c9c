"""Set-up of what pipelines stand on, at AWS and on the forge: planned, done, and taken back."""
