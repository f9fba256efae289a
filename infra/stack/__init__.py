"""The jobs of docker-compose.yml that are its own. The standard library alone: they run in the services' image."""
