"""Models: finding their weights, and one loader per kind, which hides whether ONNX Runtime or torch runs it."""
