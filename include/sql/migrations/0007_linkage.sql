-- Linkage of millions: what a run has seen, how sure a link is, and no checks row by row.
-- Reads and writes: schemas exam and health_book. Runs as sangloc_owner.

-- The exam files and roster refreshes that linkage has worked with. A run looks at what is not here: their numbers are
-- given out before their transactions end, so the highest one seen says nothing about those below it.
CREATE TABLE health_book.seen (
    province_code text NOT NULL REFERENCES ref.province,
    kind text NOT NULL CHECK (kind IN ('exam_file', 'refresh')),
    id bigint NOT NULL,
    PRIMARY KEY (kind, id)
);

-- With which model the open cases of a province were looked at last.
CREATE TABLE health_book.model_used (
    province_code text PRIMARY KEY REFERENCES ref.province,
    model_version text NOT NULL
);

-- The candidates' weights in the order of candidate_person_ids (log2 of the odds), and the model that gave them.
ALTER TABLE health_book.review ADD COLUMN candidate_weights real [] NOT NULL DEFAULT '{}';
ALTER TABLE health_book.review ADD COLUMN model_version text;

-- Written a million at a time: checking each row costs more than writing it (decision 0009). The checks of
-- include/expectations ask for what the keys would.
ALTER TABLE health_book.entry DROP CONSTRAINT entry_book_id_fkey;
ALTER TABLE health_book.entry DROP CONSTRAINT entry_encounter_id_fkey;
ALTER TABLE health_book.book DROP CONSTRAINT book_province_code_fkey;
ALTER TABLE health_book.review DROP CONSTRAINT review_encounter_id_fkey;
ALTER TABLE health_book.review DROP CONSTRAINT review_province_code_fkey;

GRANT SELECT, INSERT, DELETE ON health_book.seen TO sangloc_loader;
GRANT SELECT, INSERT, UPDATE ON health_book.model_used TO sangloc_loader;
