"""Telling in words what a new version changes."""
