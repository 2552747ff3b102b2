"""How a trained model is asked."""
