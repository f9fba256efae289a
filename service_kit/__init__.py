"""What every service has and none should write twice: settings, logs, problems, bearer check, health, engines."""
