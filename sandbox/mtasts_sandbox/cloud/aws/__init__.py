"""AWS: each service's state (on moto) with its rules, and the engine's resources that change it."""
