#ifndef GENKAN_CHECK_H
#define GENKAN_CHECK_H

/**
 * check_main(argc, argv):
 * "genkan check" prints the settings in force, secrets as (set) or (unset);
 * with --example, conf/genkan.env.example.  Return the exit status.
 */
int check_main(int, char **);

#endif /* !GENKAN_CHECK_H */
