-- Adds one event to the chain. Reads and writes: audit.event (through audit.append).
SELECT audit.append(
    :happened_at, :dag_id, :task_id, :map_index, :run_id, :try_number, :outcome, :actor, :code_version,
    CAST(:facts AS jsonb)
)
