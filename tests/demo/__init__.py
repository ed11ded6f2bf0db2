"""Tests of the embedded Cognito."""
