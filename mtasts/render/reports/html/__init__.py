"""Static pages about reports: whole in themselves, without script, image, font or any request to anywhere."""
