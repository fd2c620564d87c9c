"""The verbs that drive the Pulumi engine."""
