"""Search for better settings of a recipe, with KerasTuner."""
