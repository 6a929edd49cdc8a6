#ifndef GENKAN_COURIER_MAIN_H
#define GENKAN_COURIER_MAIN_H

/**
 * courier_main(argc, argv):
 * The program "genkan courier": delivers what the outbox holds, until it is
 * told to stop.  "genkan courier test ADDRESS" sends one mail (trial.h) and
 * ends.  Returns the exit status.
 */
int courier_main(int, char **);

#endif /* !GENKAN_COURIER_MAIN_H */
