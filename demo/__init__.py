"""The embedded Cognito for a machine without AWS, and the people in it."""
