"""What can be typed: one file for each group of commands, with its options and its help.

What a command does stands in the file of the same name in console/commands/, which is loaded when it is
called: so `--help` waits for no library that a command works with.
"""
