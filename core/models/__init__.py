"""Staged networks: ordered lists of named stages that are frozen, fine-tuned or new."""
