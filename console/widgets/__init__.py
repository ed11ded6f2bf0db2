"""Widgets that pages share: dialogs, tables, downloads, words."""
