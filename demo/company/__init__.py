"""The company's own OpenID Connect provider: colleagues, an authorization server, its pages."""
