"""The login pages that Cognito hosts for applications, in front of the embedded Cognito's pools."""
