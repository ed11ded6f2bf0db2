"""The Login test page: ways to try a sign-in, and the chain that shows where it breaks."""
