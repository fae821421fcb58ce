"""问题台账: the ledger with its lights, one item with its path, the month sheet."""
