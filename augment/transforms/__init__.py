"""Photometric and geometric transforms: what each may change, which are drawn, how they apply."""
