"""Text-conditional diffusion: our own small model, and any diffusers pipeline to draw with."""
