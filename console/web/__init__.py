"""The console as a web application: the server, the gate before it, and what the process holds."""
