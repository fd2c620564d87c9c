"""MTA-STS (RFC 8461) and TLS-RPT (RFC 8460) as code. Plain Python; `components/` is the only place that knows Pulumi's resources."""
