"""政策口袋书: policies to search, read aloud and match to households."""
