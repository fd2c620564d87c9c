"""The bot: each ready domain's next step as a pull request of its own. It merges nothing and publishes nothing.

Judges the stack as it is on the base branch of the remote, whatever is checked out, and touches neither working tree
nor local branches. What comes when and why: docs/reference/bot.md.
"""
