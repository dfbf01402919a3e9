"""Background jobs that admins request. The queue is `storage.sql.jobs`.

- `worker`: runs the jobs.
- `lease`: keeps a job to one worker.
- `announcer`: sends an announcement. `flood_control`: who is set aside after a 429, and when all deliveries pause.
- `progress_message`: shows an admin how far a job is.
- `retries`: retries of storage calls.
- `housekeeping`: deletes old records every day, in every process of the bot. It is not in the queue.
"""
