"""走访: choosing a household, the visit form, and what one save set going."""
