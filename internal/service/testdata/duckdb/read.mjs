// Reads an archive (its folder is the first argument) with DuckDB as any user would, and prints what it found as JSON.
import { DuckDBInstance } from "@duckdb/node-api";

const archive = process.argv[2];
const connection = await (await DuckDBInstance.create(":memory:")).connect();
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();

const observations = `read_parquet('${archive}/observations/*/*/*.parquet', hive_partitioning = true)`;
const incidents = `read_parquet('${archive}/incidents/*/incidents.*.parquet', hive_partitioning = true)`;
const updates = `read_parquet('${archive}/incidents/*/updates.*.parquet', hive_partitioning = true)`;

console.log(JSON.stringify({
	sources: await rows(`SELECT CAST(day AS VARCHAR) AS day, source, CAST(count(*) AS INTEGER) AS rows,
		CAST(epoch(max(timestamp)) - epoch(min(timestamp)) AS INTEGER) AS seconds, min(prefix) AS prefix, min(as_path) AS path
		FROM ${observations} GROUP BY ALL ORDER BY ALL`),
	origins: await rows(`SELECT asn, CAST(count(*) AS INTEGER) AS rows
		FROM (SELECT unnest(origin_asns) AS asn FROM ${observations}) GROUP BY asn ORDER BY asn LIMIT 3`),
	incidents: await rows(`SELECT i.id, i.kind, i.prefixes, json_valid(i.body) AS whole, CAST(count(*) AS INTEGER) AS proof,
		hex(min(u.raw)) AS raw FROM ${incidents} i JOIN ${updates} u ON u.incident = i.id GROUP BY ALL ORDER BY i.id`),
}));
