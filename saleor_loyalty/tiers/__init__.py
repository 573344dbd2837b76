"""Levels and their benefits."""
