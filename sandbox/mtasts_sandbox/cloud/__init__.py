"""The embedded cloud: what AWS and Cloudflare would hold, and the rules by which they change it."""
