"""The keys that access tokens are signed with: files, what is announced of them, and how they are withdrawn."""
