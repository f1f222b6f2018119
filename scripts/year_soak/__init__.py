"""The simulated year: what has to happen, worked out by itself, and the drivers that let it happen."""
