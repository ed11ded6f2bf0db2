"""The one seam to the database: what the console remembers, with secrets sealed.

    with open_store() as store:                     # engine; StoreError and its leaves say why not
        pool = store.pools.by_name("staff")         # one file and one owner per table
        line = store.activity.intend(new)           # activity; written before, ended once
        with store.together(): ...                  # several calls, one transaction

`address` knows where the database is, `database` hands out short transactions and translates
errors, `schema` has every table, `migrations` every version of them, `vault` seals values for one
place, `keys` finds the keys, `rotation` changes them.
"""
