"""Accounts of the present credentials: what they hold of a mail domain that is to be taken over."""
