BEGIN TRANSACTION;
CREATE TABLE activity (
	id TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	finished_at DATETIME, 
	operator_id TEXT NOT NULL, 
	operator_name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	action TEXT NOT NULL, 
	pool TEXT NOT NULL, 
	target_kind TEXT NOT NULL, 
	target_id TEXT NOT NULL, 
	target_name TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	job_id TEXT NOT NULL, 
	result TEXT NOT NULL, 
	error_code TEXT NOT NULL, 
	error TEXT NOT NULL, 
	words TEXT NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	CONSTRAINT pk_activity PRIMARY KEY (id)
);
INSERT INTO "activity" VALUES('01a21846d01900000d085555d2efb221','2026-11-26 14:33:43.705067','2026-11-26 14:33:43.706478','op-1','Sam','support','browser','disable_user','customers','user','sub-1','ann@example.com','left','','done','','','sam ann@example.com sub-1 disable_user left','gAAAAABrCENHo5WCLkpOvsFC2GTuUH4c354x3obaaYZafXTBFvOJKU2weeDkeoR3Cxt4ttbtrGsPOg1bvJ6wvzLX0IjU_BHy35ELPHzJiyok-c7B7lM72l2tTcfKlmt-tTkVDSMHDt1Qp9cOtHpf3JKmFwVfzKjs9sUAjDW9Uu-pqPW0SGcxhsE=','gAAAAABrCENHbGIoxd1pF07i2SAV78UDK2aUSyjUtBdgD3-UDez7QymS8CFa-29JADzC5OAk6B7QF5uSF-JSttjyZCGvz2X8m95aw2RmwJtcJcoMr3v2ekQzfpIkchaTSidjSSxm-c7IKxG8H2r2Dprf9t35CeaHD1M3HYvW2PuVJswp0NzZfNg=');
INSERT INTO "activity" VALUES('01a21846d01b000062eb945b29c77796','2026-11-26 14:33:43.707294',NULL,'op-1','Sam','support','browser','disable_user','customers','user','sub-1','ann@example.com','left','','intended','','','sam ann@example.com sub-1 disable_user left','gAAAAABrCENHoxS7FyVJPI_PQdRfSg8-_l18HUBardwR7bXGZNY-y66sxrVnerVSPCCDuaL8RNZGFNUarOK0WqYb7BOMmmenLcjxG01s-idAGThlXVl4YmqimXCOwEomzHNo8CUcsBcOyGwibEzkhZss4X9Du8mXPwLDuelsOcXYOJkrtXbE_NY=',NULL);
INSERT INTO "activity" VALUES('01a21846d0840000b328a5b7d4930d35','2026-11-26 14:33:43.812198','2026-11-26 14:33:43.974534','01a21846d002000063a01abfdd7f5ee6','Ann','admin','browser','export_configuration','','configuration','','configuration','','','done','','','ann configuration  export_configuration ',NULL,'gAAAAABrCENHBGR9-c3l0uP9IWSqpJJFojRGZccYTN2B5yoQLgMDTsA-0NrtmjOc8MpMIvrZDCNmKxpVa8BRkWJg37DMvrNAPwUicQAlEu5I1JgCBAX3KEnPwphPFuPufprb6f2zNheaSs_pilV6Pvw08HKAjT5HsqMoXE8ANeQG6Q8ixLblLzHkd52BD3xSYj0znq3X4mkyYigWFAPsy92GOj7AuiHvMLr3ZiC5t99dD6KOyZEoqWA=');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
CREATE TABLE applications (
	id TEXT NOT NULL, 
	pool_record_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	client_id TEXT NOT NULL, 
	secret TEXT, 
	application_url TEXT NOT NULL, 
	discovery_url TEXT NOT NULL, 
	allowed_groups JSON NOT NULL, 
	group_roles JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_applications PRIMARY KEY (id), 
	CONSTRAINT fk_applications_pool_record_id_pools FOREIGN KEY(pool_record_id) REFERENCES pools (id), 
	CONSTRAINT uq_applications_pool_record_id_name_key UNIQUE (pool_record_id, name_key)
);
INSERT INTO "applications" VALUES('01a21846cff0000191c4c689a4a1ab76','01a21846cfee0000109100f139eb9e52','Billing','billing','7abc','gAAAAABrCENHi10AUNZGoJ-9WVYGZJTAXohupZlwrF9l1YHesCYRkGtV0MA1h9NCktMBUszTrhhQh2esN4yc1sqT5Ba1oU98Z301zNDSf6MfYVj3hhwoMLEfLhEA0Q9cR5mvZsisPEMTgnFJB6yJwyRkduT0bpZvbsGt9ooKJfTybgDajzXljMSjRJF82_1c4ORZdqdG70J5','https://billing.example.com','https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_abc/.well-known/openid-configuration','["billing", "auditors"]','{"billing": "Clerk"}','2026-11-26 14:33:43.664729','2026-11-26 14:33:43.664729');
CREATE TABLE campaign_decisions (
	campaign_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	operator_id TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	decision TEXT NOT NULL, 
	entry TEXT, 
	CONSTRAINT pk_campaign_decisions PRIMARY KEY (campaign_id, number), 
	CONSTRAINT fk_campaign_decisions_campaign_id_campaigns FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);
INSERT INTO "campaign_decisions" VALUES('01a21846d032000063a48cb1e4dc3928',1,'01a21846d002000063a01abfdd7f5ee6','2026-11-26 14:33:43.733223','revoke','gAAAAABrCENHQEAsEAJy65h8zxc372-wHcQIUU1_K2GYx4lfP0hkGSD5OIwYE9qZIbwVnEkDK_wrEHzF1BtGQiPhtRKGvoP_azyA15V_M6MZcw4YpN16O32SqnEOOw1-8Ql9n4S-Qb-KVZwNSNO6wksXUXZq47rABsmQ9mO4LeQVQ_uE4gIMpz-VHRXGF_6r026xY3fAONvbWuHx8nrvw_1XEW54N_Le1Jf9raq_JhazrvyEq7WyJheE5Xhu09gfuknDCJaRdhNaCB5lv-6Rs0-RSiLO72NXQwGglXSowWm163HYhu78WhI=');
CREATE TABLE campaign_items (
	campaign_id TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	reviewer_id TEXT NOT NULL, 
	group_name TEXT NOT NULL, 
	suggested BOOLEAN NOT NULL, 
	decision TEXT NOT NULL, 
	decided_by TEXT NOT NULL, 
	decided_by_name TEXT NOT NULL, 
	decided_at DATETIME, 
	decided_in INTEGER NOT NULL, 
	person TEXT, 
	CONSTRAINT pk_campaign_items PRIMARY KEY (campaign_id, number), 
	CONSTRAINT fk_campaign_items_campaign_id_campaigns FOREIGN KEY(campaign_id) REFERENCES campaigns (id) ON DELETE CASCADE
);
INSERT INTO "campaign_items" VALUES('01a21846d032000063a48cb1e4dc3928',1,'01a21846d002000063a01abfdd7f5ee6','billing',1,'revoke','01a21846d002000063a01abfdd7f5ee6','Ann','2026-11-26 14:33:43.733223',1,'gAAAAABrCENHPPRs00-yvOy2e805nB3fgJPGLKR1Y_nMfs6yz7E5KoKEjGkVExRTdkCFidbLqRy4b943nc5mT3IMG1Ed0bbUT7S4UnrB01wPx3EJdI2IXbr4SkyvFu06JNIfQxi92YIi-qudQSdQvIMd23nobey2SdY7wrd0PdYL3PYfIMMQr8QkYH_54neQaW3ZnWonQby1');
INSERT INTO "campaign_items" VALUES('01a21846d032000063a48cb1e4dc3928',2,'01a21846d002000063a01abfdd7f5ee6','billing',0,'','','',NULL,0,'gAAAAABrCENHSE7ihUfE_-WI4d2iIGRovoTm-6buZZHZ3sP7RRivkE7jYxAFHvgN78sNrt7l64Ml_e8pCHyUUaD9p9abIwASVpXDqIeloAFUKls3R1mOo9cr4X4fx_P82T3I2rbGOZ_oJuFGDV2Rag0EuuqcYnRoc9zL_xB9yLj5QK-84CFnSsclqF4PUxXF-OnI6crfcGFt');
CREATE TABLE campaigns (
	id TEXT NOT NULL, 
	pool_name TEXT NOT NULL, 
	title TEXT NOT NULL, 
	state TEXT NOT NULL, 
	scope JSON NOT NULL, 
	reviewers JSON NOT NULL, 
	snapshot_id TEXT NOT NULL, 
	population_hash TEXT NOT NULL, 
	population INTEGER NOT NULL, 
	created_by TEXT NOT NULL, 
	created_by_name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	deadline DATETIME NOT NULL, 
	closed_by TEXT NOT NULL, 
	closed_by_name TEXT NOT NULL, 
	closed_at DATETIME, 
	decisions INTEGER NOT NULL, 
	job_id TEXT NOT NULL, 
	about TEXT, 
	closing TEXT, 
	CONSTRAINT pk_campaigns PRIMARY KEY (id)
);
INSERT INTO "campaigns" VALUES('01a21846d032000063a48cb1e4dc3928','customers','Autumn','open','{"groups": ["billing"]}','[["01a21846d002000063a01abfdd7f5ee6", "Ann", "Ann W."]]','snap-1','hash',2,'01a21846d002000063a01abfdd7f5ee6','Ann','2026-11-26 14:33:43.730260','2030-01-01 00:00:00.000000','','',NULL,1,'','gAAAAABrCENHou8OH_ub4WI0ZQe9IokRuaEUyOOvmilMVp2rosaGiIahuRHaRzy0kBJzrDGbs3XlSL9RKu8TPH36z9q4UMcZpM_Ke36sQdPvtja1pLL4xldFSRujlYE1gZ0KAsgUYi0rEgC5kk0uGHfbSSZztBn3EymTqlKTC6p5YzJ5Inn2wSKqrSuqEdkpy9N9DoYENwVv',NULL);
CREATE TABLE connections (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	region TEXT NOT NULL, 
	account TEXT NOT NULL, 
	endpoint_url TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	profile TEXT NOT NULL, 
	role_arn TEXT NOT NULL, 
	external_id TEXT NOT NULL, 
	access_key_hint TEXT NOT NULL, 
	secret TEXT, 
	last_test JSON, 
	tested_at DATETIME, 
	created_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_connections PRIMARY KEY (id), 
	CONSTRAINT uq_connections_name_key UNIQUE (name_key)
);
INSERT INTO "connections" VALUES('01a21846cfe90000a9acac5a7e87b931','Production','production','eu-north-1','123456789012','','static','','','','MPLE','gAAAAABrCENHfO7xckmAkjwN_lr_TAbxnYS7vtDRF8uBVji-VrkyTQsCCBhCGdna3_CDNJInxdVWpHMDNKFyMstZspVFsuV3ialaadW06IehCIokKlgcJ5cQB1cYDDfIvUfR12v_jXq4ACLhrxO8-10ziwJBvtFISGaEg0QpboD7rlKEEZqfgzJcbolqTMUTZq9cCZim4RWyWSLcux_VhgHZBjfseGP5YVfTm1AXwOUaxL81LxqhqpfzsH1hxYS8eXZs4n9sOctbBw60EJfjdMZuj9zWJE64J1UD5MgYGqIBo03HPgaCpyE=','[{"title": "Identity", "passed": true, "sentence": "You are x.", "next_step": ""}, {"title": "List pools", "passed": null, "sentence": "", "next_step": ""}]','2026-11-26 14:33:43.660777','2026-11-26 14:33:43.657511','2026-11-26 14:33:43.657511');
INSERT INTO "connections" VALUES('01a21846cfed0000334dc892f636c690','Role','role','eu-west-1','','','role','base','arn:aws:iam::123456789012:role/ops','ext','',NULL,NULL,NULL,'2026-11-26 14:33:43.661574','2026-11-26 14:33:43.661574');
CREATE TABLE job_passwords (
	job_id TEXT NOT NULL, 
	"row" INTEGER NOT NULL, 
	password TEXT, 
	handed_over_at DATETIME, 
	CONSTRAINT pk_job_passwords PRIMARY KEY (job_id, "row"), 
	CONSTRAINT fk_job_passwords_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_passwords" VALUES('01a21846d01b000113cfd2903cdbeceb',1,'gAAAAABrCENHkdGn_F0IDeseBuETUsPSq9U8FChLPIInzPxn3w6gd6j-1orOyD78Hb8XuyCC7Ljh-ghV0IFkTMPhFlHpuHdfNVxkGTO7_VQuapL4XY-gQxooXPo_-HpP0HglE--FQ2hVX5ZcaRAnjKy-gG7RcmWlUwUc12-ZOAHsKB3yqZ6Sj6MypRAmQvY16VfMPBzCbntq',NULL);
CREATE TABLE job_rows (
	job_id TEXT NOT NULL, 
	"row" INTEGER NOT NULL, 
	outcome TEXT NOT NULL, 
	code TEXT NOT NULL, 
	payload TEXT, 
	message TEXT, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_job_rows PRIMARY KEY (job_id, "row"), 
	CONSTRAINT fk_job_rows_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_rows" VALUES('01a21846d01b000113cfd2903cdbeceb',1,'done','','gAAAAABrCENHFLwYta4pyAGG3O2XwfAKKWGQQ122KY2Gij0--SObRcseMDloBSUnByi7jLxtetX1g2j9EUVjPuu-F9PY8PXqDtu7sbT5Cl2XRZJS_t8wO-jlcdhUSpdORj0TzetqFWGc4Gf69EQ1dTKPnsW5rUF0V4H9cIQ0hgMaVQKk9YsI3ilDz9-fDwFFQ87_Wkom-yFW','gAAAAABrCENHt6LwxIexRuF4fz2yCiYn4hJ7mT3BU58Oa6lO2vYBJpqe8dlJ97DdjUrFRGJiQi8tTKuK5x7vBVH5T4CX6LFfRA_D0AwOExCscFAo7YTSn9gD4f3WhhxnN3nEQglNoYt5IgJJF7vl0mmEKmxR46KnX2CJJQLQDElsMpS21MYLtx_Mw7cy_dPhD0p5w6j9s6cM','2026-11-26 14:33:43.707686');
INSERT INTO "job_rows" VALUES('01a21846d01b000113cfd2903cdbeceb',2,'','',NULL,NULL,'2026-11-26 14:33:43.707710');
CREATE TABLE job_steps (
	job_id TEXT NOT NULL, 
	"row" INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	code TEXT NOT NULL, 
	activity_id TEXT NOT NULL, 
	change TEXT, 
	result TEXT, 
	sent_at DATETIME, 
	finished_at DATETIME, 
	CONSTRAINT pk_job_steps PRIMARY KEY (job_id, "row", step), 
	CONSTRAINT fk_job_steps_job_id_jobs FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
INSERT INTO "job_steps" VALUES('01a21846d01b000113cfd2903cdbeceb',1,0,'create_user','done',1,'','','gAAAAABrCENHF0O3j61ED0UxeXKmJAsb6qfFSxx0a-c3yxE1JQQ4cKmWEQUgANUtszTM28wCYcs1MHkxsX1OuC2y8ijGbgU17F4XOv7Q0kD5M3pBQCbUYDdBEUncPT7ww16Iht5ILmFdbHocmSPqTTj8678tAylc7qBAVKsEE5oNJWb-ROTh4Fs=','gAAAAABrCENHXDyHl1sToSeNTYTa7EBqPAc2zXTdA7RogX7pRAyJ9ESQzpfK7lGwmBUv0OOn3rjk-MxLCFCUvwzbUr7flnnFr9iRi3ZH-Xz6AJbyhIuZ1NmzND9pNoW4cwffvDAKoS_HpEJMr29NhcgGk4PkCmbpQ21vDe1daKsIY-f2d6fkOR4=',NULL,NULL);
INSERT INTO "job_steps" VALUES('01a21846d01b000113cfd2903cdbeceb',2,0,'enable_user','waiting',0,'','',NULL,NULL,NULL,NULL);
CREATE TABLE jobs (
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	title TEXT NOT NULL, 
	pool_name TEXT NOT NULL, 
	target JSON NOT NULL, 
	state TEXT NOT NULL, 
	control TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	created_by TEXT NOT NULL, 
	created_by_name TEXT NOT NULL, 
	started_by TEXT NOT NULL, 
	started_by_name TEXT NOT NULL, 
	options JSON NOT NULL, 
	totals JSON NOT NULL, 
	total_rows INTEGER NOT NULL, 
	total_steps INTEGER NOT NULL, 
	undo_of TEXT NOT NULL, 
	lease_owner TEXT NOT NULL, 
	lease_until DATETIME, 
	created_at DATETIME NOT NULL, 
	started_at DATETIME, 
	finished_at DATETIME, 
	CONSTRAINT pk_jobs PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES('01a21846d01b000113cfd2903cdbeceb','csv','people.csv','customers','{"region": "eu-north-1", "pool_id": "eu-north-1_abc"}','planned','run','','browser','01a21846d002000063a01abfdd7f5ee6','Ann','','','{"share": 0.5}','{"done": 1}',2,2,'','',NULL,'2026-11-26 14:33:43.707760',NULL,NULL);
CREATE TABLE login_tests (
	id TEXT NOT NULL, 
	state_hash TEXT NOT NULL, 
	operator_id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	pool_name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	used_at DATETIME, 
	pending TEXT, 
	result TEXT, 
	CONSTRAINT pk_login_tests PRIMARY KEY (id), 
	CONSTRAINT uq_login_tests_state_hash UNIQUE (state_hash)
);
INSERT INTO "login_tests" VALUES('01a21846d04d00003cf6498e7bce927a','fee19e4ea2111732137e698f332d2580f710b9ca910134bfc19120cde4fe0269','01a21846d002000063a01abfdd7f5ee6','session','customers','2026-11-26 14:33:43.757837','2026-11-26 14:38:43.757837','2026-11-26 14:33:43.761296',NULL,'gAAAAABrCENHDjtTMwTTsiR8LfvdbE7vV0qYG1kqtjrOFTfxYBPy76CWyyVcmjYaux6lU8jU1gNSAoGepss6BsmNLCgDvb8pqKtRCx1g8lstDAO1mk2wN4N06yd-sZyjfRycOEN0ZNoAiCrkpOPbRz1CW-27WE5MawJLXuC1qdzQb5H7P4MZVcc=');
CREATE TABLE operators (
	id TEXT NOT NULL, 
	username TEXT NOT NULL, 
	username_key TEXT NOT NULL, 
	name TEXT NOT NULL, 
	email TEXT NOT NULL, 
	role TEXT NOT NULL, 
	disabled BOOLEAN NOT NULL, 
	password_hash TEXT, 
	created_at DATETIME NOT NULL, 
	last_sign_in DATETIME, 
	CONSTRAINT pk_operators PRIMARY KEY (id), 
	CONSTRAINT uq_operators_username_key UNIQUE (username_key)
);
INSERT INTO "operators" VALUES('01a21846d002000063a01abfdd7f5ee6','Ann','ann','Ann Whitfield','ann@example.com','admin',0,'gAAAAABrCENHZmPX1lQkvz4MnVDTlJp_qlU_BXVMlyonSQywtljsRGEHqyKcWUunP2ZtHzlJ2jGOPzIMWw9-YQHCTMar9WkQXFLZbyPSR7SwmoflgAzHlg0b6GAjpavC_sAwfjPukq0HDp1-u7lagR6DCSsfz5SqpTJAuPfIYCfCJKszB6Irt22vLn7B7ODu7Wfro0tu0tAlPiRm-RhgE6bpm4O72YhlE2K-UK_VlypcgwHYya2WYZg=','2026-11-26 14:33:43.682813',NULL);
CREATE TABLE pools (
	id TEXT NOT NULL, 
	connection_id TEXT NOT NULL, 
	pool_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	region TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_pools PRIMARY KEY (id), 
	CONSTRAINT fk_pools_connection_id_connections FOREIGN KEY(connection_id) REFERENCES connections (id), 
	CONSTRAINT uq_pools_name_key UNIQUE (name_key)
);
INSERT INTO "pools" VALUES('01a21846cfee0000109100f139eb9e52','01a21846cfe90000a9acac5a7e87b931','eu-north-1_abc','customers','customers','','2026-11-26 14:33:43.662547','2026-11-26 14:33:43.662547');
INSERT INTO "pools" VALUES('01a21846cff000003f5341462c4ff300','01a21846cfe90000a9acac5a7e87b931','eu-west-1_far','far','far','eu-west-1','2026-11-26 14:33:43.664016','2026-11-26 14:33:43.664016');
CREATE TABLE saved_searches (
	id TEXT NOT NULL, 
	pool_record_id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	name_key TEXT NOT NULL, 
	"query" TEXT, 
	operator_id TEXT NOT NULL, 
	operator_name TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_saved_searches PRIMARY KEY (id), 
	CONSTRAINT fk_saved_searches_pool_record_id_pools FOREIGN KEY(pool_record_id) REFERENCES pools (id) ON DELETE CASCADE, 
	CONSTRAINT uq_saved_searches_pool_record_id_name_key UNIQUE (pool_record_id, name_key)
);
INSERT INTO "saved_searches" VALUES('01a21846d0450000dfcc0e5ffc4b450f','01a21846cfee0000109100f139eb9e52','Left','left','gAAAAABrCENHRudaK_H_-jrbqZP25iLWslGMsUZwL2NoSdq4gaNW5-cYGD52uACVqjYUnI83CWhLGwkuPEWb2piaMEJqUHAOs-mGVKEQ_D1wKF_9HywXcMkmYpiCBRlZUVNeiwR5r_lgvd5HY8ZDpxFO6SzIMm8gY0r3FcvahQ_RJxa_bSv7QxKumnG78F3UtwDD0x64_Y32oTS5LFeeVwMLY375UVQrnA==','01a21846d002000063a01abfdd7f5ee6','Ann','2026-11-26 14:33:43.749361');
CREATE TABLE sessions (
	id TEXT NOT NULL, 
	operator_id TEXT NOT NULL, 
	token_hash TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	seen_at DATETIME NOT NULL, 
	idle_seconds INTEGER NOT NULL, 
	expires_at DATETIME NOT NULL, 
	revoked_at DATETIME, 
	address TEXT NOT NULL, 
	agent TEXT NOT NULL, 
	CONSTRAINT pk_sessions PRIMARY KEY (id), 
	CONSTRAINT fk_sessions_operator_id_operators FOREIGN KEY(operator_id) REFERENCES operators (id) ON DELETE CASCADE, 
	CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash)
);
INSERT INTO "sessions" VALUES('01a21846d0040000fddfea270538ac41','01a21846d002000063a01abfdd7f5ee6','059b7d0ff9e59871be17876b3057bba32988a620877925c5beba1cf6a25b7b9e','2026-11-26 14:33:43.684618','2026-11-26 14:33:43.684618',3153600000,'2126-11-02 14:33:43.684618',NULL,'192.0.2.1','Firefox');
CREATE TABLE settings (
	"key" TEXT NOT NULL, 
	value JSON NOT NULL, 
	changed_at DATETIME NOT NULL, 
	CONSTRAINT pk_settings PRIMARY KEY ("key")
);
INSERT INTO "settings" VALUES('snapshots.keep','{"newest": 3, "days": 30}','2026-11-26 14:33:43.704101');
CREATE TABLE snapshot_parts (
	snapshot_id TEXT NOT NULL, 
	part TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	data TEXT, 
	CONSTRAINT pk_snapshot_parts PRIMARY KEY (snapshot_id, part, number), 
	CONSTRAINT fk_snapshot_parts_snapshot_id_snapshots FOREIGN KEY(snapshot_id) REFERENCES snapshots (id) ON DELETE CASCADE
);
INSERT INTO "snapshot_parts" VALUES('snap-1','users',0,'gAAAAABrCENHhQC77lNeGPF74hPuCxlckdGA6TEmQONyI_XYYQUS1lEPptV0ycZb7LFjsL2Tg4kZhBJG52hMINgYvXjd_N7kIMuB3uwVayURCviAoCK7O56b1O353IbCXXLy7p0jtCNn9GIOHjQ9SFrVWsbsCfWnDg==');
INSERT INTO "snapshot_parts" VALUES('snap-1','groups',0,'gAAAAABrCENHrxo6B7f-YMzpmWjasjkZunDW68bpjYx8Qpayz4qlJLWrhhF2z7DjyVO18yqpekfsbr_-oNcXcy_Bu_HEeVFbWBBjpMz7E6EmPaIF0YmXHHiPBFWUpIfDi3ovk7nQTK-xt8DSi2ueLDi9yjs8J-Rs6w==');
CREATE TABLE snapshots (
	id TEXT NOT NULL, 
	pool_key TEXT NOT NULL, 
	pool_name TEXT NOT NULL, 
	operator_id TEXT NOT NULL, 
	operator_name TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	taken_at DATETIME NOT NULL, 
	finished_at DATETIME NOT NULL, 
	complete BOOLEAN NOT NULL, 
	users INTEGER NOT NULL, 
	groups INTEGER NOT NULL, 
	memberships INTEGER NOT NULL, 
	bytes INTEGER NOT NULL, 
	about TEXT, 
	CONSTRAINT pk_snapshots PRIMARY KEY (id)
);
INSERT INTO "snapshots" VALUES('snap-1','|eu-north-1|eu-north-1_abc','customers','01a21846d002000063a01abfdd7f5ee6','Ann','browser','2026-11-01 00:00:00.000000','2026-11-01 00:00:00.000000',1,1,1,1,21,'gAAAAABrCENHgWqbjDkBSzZREvqCUifLivRID4XlQM7CpnpverWRIF1-oH_XHZ9QPIkIes2U4ZKAIaUQeELQ5I0w09DivBBb0UAqDhkbbDoaBaLDPX7_ky_H12xd4w4hSw2Newz5j6__');
CREATE TABLE tickets (
	token_hash TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	bind_hash TEXT NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT pk_tickets PRIMARY KEY (token_hash)
);
INSERT INTO "tickets" VALUES('da75b28fb5c4b4ccd80edbc9e95ccbc85f6bcec4850acac5e403b05da4699cca','set-up','gAAAAABrCENHUOMNdaxPT9SZSbMYe1np2F0aYOSjCORVLigieZkuMVZ9cjGb4JdfMZeGSQiqfcPEK3Yq9ADCcOx7_2-94tivV3EoxPf48nmElMb5LiBo1eiErv5_LN9AiE-TaOZ9QtgPBDqEqD2acFTX4H0IDp-vhpP11vE9CCTrFpJAAGhPprfJiJ5KXPkKVf8Z2wXyefRkLsN9Dr20_qvli1cSLrjf9w==','e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855','2126-11-02 14:33:43.702615');
CREATE TABLE vault (
	id INTEGER NOT NULL, 
	canary TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	rotated_at DATETIME, 
	CONSTRAINT pk_vault PRIMARY KEY (id)
);
INSERT INTO "vault" VALUES(1,'gAAAAABrCENHcZLP6LkCvzq-qS1Ee1hWZ3nAE59YepDINl55vd26AtA_12xcwsaGoH2PblzKWbdgDu7dQpdW7u2CwXt6b2JLpaDbKdpHxXF34ubBy46u-3FJgdPQEmF9Qr9YzB7iHHSVJd5_WA8kAdgMoWgjHrEdgg==','2026-11-26 14:33:43.648836',NULL);
CREATE INDEX ix_activity_at ON activity (at);
CREATE INDEX ix_activity_job_id_id ON activity (job_id, id);
CREATE INDEX ix_activity_operator_id_id ON activity (operator_id, id);
CREATE INDEX ix_activity_target_id_id ON activity (target_id, id);
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE INDEX ix_tickets_expires_at ON tickets (expires_at);
CREATE INDEX ix_pools_connection_id ON pools (connection_id);
CREATE INDEX ix_sessions_expires_at ON sessions (expires_at);
CREATE INDEX ix_sessions_operator_id ON sessions (operator_id);
CREATE INDEX ix_snapshots_pool_key_taken_at ON snapshots (pool_key, taken_at);
CREATE INDEX ix_campaigns_pool_name ON campaigns (pool_name);
CREATE INDEX ix_campaign_items_campaign_id_reviewer_id ON campaign_items (campaign_id, reviewer_id);
CREATE INDEX ix_login_tests_expires_at ON login_tests (expires_at);
CREATE INDEX ix_login_tests_operator_id ON login_tests (operator_id);
COMMIT;
