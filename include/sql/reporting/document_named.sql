-- Whether a document of this name was made, whatever its content. Reads reporting.document.
SELECT EXISTS(SELECT FROM reporting.document WHERE file_name = :file_name) AS known
