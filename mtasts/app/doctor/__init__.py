"""`doctor`: what a project is set up with, looked at from here, and the next step for what is not as it should be."""

from mtasts.app.doctor.examine import examine
from mtasts.app.doctor.set_up import SetUp, read_set_up

__all__ = ["SetUp", "examine", "read_set_up"]
