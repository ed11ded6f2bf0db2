"""What damaged or odd cells show of themselves: errors of spreadsheets, words for nothing, addresses and
usernames that nobody means. Each cell is looked at alone; what rows say of each other stands a level above.
"""
