"""Work without anybody's looking: what a task is, and how one is asked for, in this process or in another."""
