"""The tabs of the audits page."""
