"""The one seam to the database: what the console remembers, with secrets sealed.

    with open_store() as store:                     # engine; StoreError and its leaves say why not
        pool = store.pools.by_name("staff")         # one file and one owner per table
        line = store.activity.intend(new)           # activity; written before, ended once
        with store.together(): ...                  # several calls, one transaction

`engine` knows where the database is and opens it, `database` hands out short transactions and
translates errors, `records` is what the owners of tables are made of, `schema` has the tables that
no record makes by itself, `migrations` every version of them, `vault` finds the keys and seals
values for one place, `rotation` changes the keys.
"""
