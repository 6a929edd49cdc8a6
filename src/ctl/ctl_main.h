#ifndef GENKAN_CTL_MAIN_H
#define GENKAN_CTL_MAIN_H

/**
 * ctl_main(argc, argv):
 * "genkan ctl SUBJECT ...": what the operator of an installation does by hand.
 * Return the exit status.
 */
int ctl_main(int, char **);

#endif /* !GENKAN_CTL_MAIN_H */
