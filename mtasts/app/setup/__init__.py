"""Set-up as code: what the pipelines need of the cloud and of the forge, planned, applied, and taken back."""
