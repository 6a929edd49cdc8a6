#ifndef GENKAN_CTL_ACTOR_H
#define GENKAN_CTL_ACTOR_H

/* Opaque types. */
struct actor;

/**
 * ctl_actor(actor):
 * Whoever runs this command, as the operation log names them: the operator,
 * from "cli:" and the account that was logged in to (also through sudo; see
 * proc(5) about loginuid), or else the one that runs it.
 */
void ctl_actor(struct actor *);

#endif /* !GENKAN_CTL_ACTOR_H */
