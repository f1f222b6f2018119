"""The parts of the roster's benchmark: its files, its database server, the workers, and what it is compared with."""
