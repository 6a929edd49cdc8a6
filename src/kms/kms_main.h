#ifndef GENKAN_KMS_MAIN_H
#define GENKAN_KMS_MAIN_H

/**
 * kms_main(argc, argv):
 * "genkan kms" serves keys until SIGTERM; SIGHUP opens the audit log anew.
 * "genkan kms init" makes the key ring of a new installation, and the file of
 * principals if there is none.  Return the exit status.
 */
int kms_main(int, char **);

#endif /* !GENKAN_KMS_MAIN_H */
