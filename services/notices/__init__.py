"""Telling people what happened or waits, by mail, chat or webhook: what, whom, and on its way."""
