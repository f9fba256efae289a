"""The whole system on one machine: a supervisor over the engines and the services, and its commands."""
