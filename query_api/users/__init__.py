"""Users: registering, signing in, listing, and the first admin."""
