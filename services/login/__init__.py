"""Trying a sign-in and explaining it: OIDC, tokens, the API flows, and what stands in the way."""
