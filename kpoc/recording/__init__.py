"""Recording a training loop of the user's own, as a run that can be compared."""
