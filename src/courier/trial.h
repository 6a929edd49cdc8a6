#ifndef GENKAN_TRIAL_H
#define GENKAN_TRIAL_H

/**
 * trial_send(to):
 * One mail to ${to}, at once and past the outbox, in a sender's sandbox and by
 * the settings in force, which were found good.  Say what came of it in a line
 * (the words of sender.h) and return the exit status: 0 if it was taken.
 */
int trial_send(const char *);

#endif /* !GENKAN_TRIAL_H */
