"""Passes, tracks and directions: where satellites stand in a station's sky, and when."""
