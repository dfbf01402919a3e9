"""Jobs of admins: the worker, its leases, announcements and progress messages."""
