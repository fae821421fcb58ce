"""Help: the handbook page of the screen in front, the keyboard map, error reports."""
