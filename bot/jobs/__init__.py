"""Background jobs that admins request: the worker, job leases, announcements and progress messages."""
