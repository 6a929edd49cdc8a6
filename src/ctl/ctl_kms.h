#ifndef GENKAN_CTL_KMS_H
#define GENKAN_CTL_KMS_H

/**
 * ctl_kms(argc, argv):
 * "genkan ctl kms status" asks the key service whether it is there.
 * "genkan ctl kms env" prints export lines that point the AWS command line at
 * it, with the test credentials.  Return the exit status.
 */
int ctl_kms(int, char **);

#endif /* !GENKAN_CTL_KMS_H */
