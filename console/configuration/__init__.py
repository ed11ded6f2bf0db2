"""The tabs of the Configuration page."""
