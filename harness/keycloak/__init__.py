"""A real OpenID Connect provider: Keycloak, as hospitals run it."""
