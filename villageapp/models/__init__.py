"""Tables of the laptop's store, how it is opened, and its migrations."""
