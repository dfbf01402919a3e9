"""Background jobs that admins request. The queue is `storage.sql.jobs`.

- `worker`: runs the jobs.
- `lease`: keeps a job to one worker.
- `announcer`: sends an announcement. `throttle`: its rate limit.
- `progress_message`: shows an admin how far a job is.
- `retries`: retries of storage calls.
- `housekeeping`: deletes old records every day, in every process of the bot. It is not in the queue.
"""
