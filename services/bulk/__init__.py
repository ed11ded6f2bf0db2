"""CSV or selection → rows → plan → job → outcomes, the same for pages and terminal.

    table = read_file(data, "people.csv")                     # files.csv_file; FileRejected says why not
    columns = recognise(table.header, gateway.describe_pool(), table.repeated, table.empty)  # .assign()
    rows = check_file(table, columns, pool, options)         # plan; problems before anything is read
    plan = plan_file(gateway, table, columns, options)       # plan; totals, rows with steps, problems
    job = save_plan(store, plan, target=…, actor=…)          # saved; anybody with the right may start it
    start(store, job.id, who)                                # control; pause, resume, stop likewise
    progress(store, job.id)                                  # report; also outcomes, results_csv …

`plan_for_people` makes the same plan from people chosen in a list.
"""
