"""Who is known at the independent provider, and where its program stands."""

NAME = "tests.services.login.independent_provider"
USER, PASSWORD, GROUP = "greta", "The-Provider-Knows-1", "billing"
CLIENT_ID, CLIENT_SECRET = "client-at-the-provider", "secret-at-the-provider"
CALLBACK = "http://localhost:8501/oauth/v2/callback"
