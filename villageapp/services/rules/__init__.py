"""One file per rule that can be asked with made-up facts: ``ask(facts, today, parameters)``."""
