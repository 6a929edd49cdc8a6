#ifndef GENKAN_CTL_KEYS_H
#define GENKAN_CTL_KEYS_H

/**
 * ctl_keys(argc, argv):
 * "genkan ctl keys rotate TENANT" gives a tenant new data keys, and "reencrypt
 * TENANT" has its cells moved to them once more; web does that.  "master
 * TENANT" gives its key in the key service new material and wraps the data
 * keys anew.  "status TENANT" tells how all of it stands.  Return the exit
 * status.
 */
int ctl_keys(int, char **);

#endif /* !GENKAN_CTL_KEYS_H */
