"""Making models: training, export and quantization, and the cards that say how they were made."""
