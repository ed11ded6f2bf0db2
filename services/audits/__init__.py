"""Auditing a pool from its snapshots: rules, matrix, comparison, reviews."""
