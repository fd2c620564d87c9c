"""Cloudflare: zones with their DNS records, and the engine's resource that changes them."""
