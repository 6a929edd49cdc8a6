#ifndef GENKAN_MIGRATE_H
#define GENKAN_MIGRATE_H

/**
 * migrate_main(argc, argv):
 * "genkan migrate [DIR]" applies the files DIR/NNNN_name.sql (default
 * sql/migrate) that the database of GENKAN_DB has not had, in order, each in
 * one transaction with the record of its SHA-256.  A file that was edited
 * after it was applied refuses everything.  Return the exit status.
 */
int migrate_main(int, char **);

#endif /* !GENKAN_MIGRATE_H */
