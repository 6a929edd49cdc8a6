#ifndef GENKAN_NOTICE_H
#define GENKAN_NOTICE_H

#include "base.h"
#include "context.h"

/*
 * What people are told, one function for each event.  Each writes the mails
 * and messages and puts them into the outbox, within the caller's transaction:
 * a change and its notices happen together or not at all.
 *
 *	topic			to whom			due	expires
 *	invitation.new		guest, mail		10 s	when the
 *	invitation.changed	guest, mail		10 s	  appointment
 *	invitation.cancelled	guest, mail		10 s	  ends, 1 day+
 *	invitation.bounced	host, mail (by courier)	0	3 days
 *	visit.arrived		hosts, mail; chats	0	15 min
 *	visit.undone		hosts, mail; chats	0	15 min
 *	visit.left		-			0
 *	visit.unconfirmed	reception, mail; chats	3 min	15 min
 *	visit.called		hosts, mail; chats	0	15 min
 *	call.staff		reception, mail; chats	0	15 min
 *	member.invited		member, mail		0	3 days
 *	member.second_factor	member, mail		0	3 days
 *	password.reset		member, mail		0	1 hour
 *	password.changed	member, mail		0	3 days
 *	channel.test		one channel		0	1 hour
 *
 * Signed webhooks get every visit.* event and call.staff at its moment, and
 * their own schedule of nearly four days: a program can make use of them late.
 *
 * All texts are UTF-8 as people typed them; escaping is done here.
 */

/* Opaque types. */
struct fault;

/* A moment and the office's offset from UTC there and then, in minutes. */
struct notice_time {
	int64_t moment; /* milliseconds, base/clock.h */
	int offset;
};

struct notice_office {
	const char *id;
	const char *name;
	const char *address;  /* or "" */
	const char *guidance; /* where to go after the welcome, or "" */
	const char *map_url;  /* or "" */
	const char *phone;
	const char *time_zone; /* "Asia/Tokyo" */
};

/* An appointment, as those who come to it should know it. */
struct notice_appointment {
	const char *id;
	const char *title;
	const char *room; /* or NULL */
	const char *note; /* to the guest, or NULL */
	bool period;      /* valid every day from starts to ends */
	struct notice_time starts;
	struct notice_time ends;
	long sequence; /* of the calendar part: grows with every change */
};

struct notice_guest {
	const char *id;
	const char *name;
	const char *company;  /* or NULL */
	const char *email;    /* or NULL: nothing is sent then */
	const char *language; /* "ja", "en" */
	long companions;
	const char *pass;     /* 26 characters */
	const char *code;     /* 6 digits, or NULL */
	const char *page_url; /* the whole address of the pass page */
};

/* A host, or anybody of the house who is to be told. */
struct notice_member {
	const char *id;
	const char *name;
	const char *email;
	const char *language;
};

struct notice_visit {
	const char *id;
	const char *appointment_id; /* or NULL: a walk-in */
	const char *guest_id;
	const char *guest;   /* name */
	const char *company; /* or NULL */
	const char *title;   /* or NULL */
	const char *room;    /* or NULL */
	long people;
	bool late;
	struct notice_time at; /* when it happened: arrived, undone, left */
};

enum notice_invitation {
	NOTICE_NEW, /* also when it is sent again */
	NOTICE_CHANGED,
	NOTICE_CANCELLED, /* the appointment, or this guest of it */
	NOTICE_INVITATION__MAX
};

/**
 * notice_invite(ctx, what, office, appointment, guest, hosts, n, f):
 * Mail ${guest} the invitation with pass, code and calendar part, in place of
 * what is still waiting for this guest, and set guest.mail_state to waiting.
 * The first of the ${n} ${hosts} is whom to reply to, and who is told if the
 * mail is refused for good.  A guest who was never sent anything is not told
 * of a cancellation, and a change is an invitation to them.
 */
bool notice_invite(struct context *, enum notice_invitation,
    const struct notice_office *, const struct notice_appointment *,
    const struct notice_guest *, const struct notice_member *, size_t,
    struct fault *) MUST_CHECK;

/**
 * notice_arrived(ctx, office, visit, hosts, n, f):
 * Tell the ${n} ${hosts} by mail, the office's chats and webhooks; and put the
 * notice "nobody has confirmed" to reception into the outbox, due in 3 minutes.
 */
bool notice_arrived(struct context *, const struct notice_office *,
    const struct notice_visit *, const struct notice_member *, size_t,
    struct fault *) MUST_CHECK;

/**
 * notice_met(ctx, visit_id, f):
 * The host has met the guest: nobody needs to be reminded.
 */
bool notice_met(struct context *, const char *, struct fault *) MUST_CHECK;

/**
 * notice_undone(ctx, office, visit, hosts, n, f):
 * The check-in was taken back: correct what was said, and say no more.
 */
bool notice_undone(struct context *, const struct notice_office *,
    const struct notice_visit *, const struct notice_member *, size_t,
    struct fault *) MUST_CHECK;

/**
 * notice_left(ctx, office, visit, hosts, n, f):
 * The guest has left; webhooks only, and nobody is reminded any more.
 */
bool notice_left(struct context *, const struct notice_office *,
    const struct notice_visit *, const struct notice_member *, size_t,
    struct fault *) MUST_CHECK;

/**
 * notice_called(ctx, office, visit, hosts, n, f):
 * A guest who is already in asks for the hosts once more.
 */
bool notice_called(struct context *, const struct notice_office *,
    const struct notice_visit *, const struct notice_member *, size_t,
    struct fault *) MUST_CHECK;

/**
 * notice_call_staff(ctx, office, call_id, device, visit, at, f):
 * Somebody at the tablet called ${device} asks for the staff; ${visit} (whose
 * visit, or NULL).  Mails reception of the office, or else the administrators,
 * and tells the chats and webhooks.
 */
bool notice_call_staff(struct context *, const struct notice_office *,
    const char *, const char *, const struct notice_visit *, struct notice_time,
    struct fault *) MUST_CHECK;

/**
 * notice_members_invited(ctx, members, urls, n, expires, f):
 * Mail each of ${n} new members the activation link.
 */
bool notice_members_invited(struct context *, const struct notice_member *,
    char *const *, size_t, struct notice_time, struct fault *) MUST_CHECK;

/**
 * notice_second_factor(ctx, member, set_up, f):
 * Tell a member that a second factor was set up, or taken away, in case it was
 * somebody else.
 */
bool notice_second_factor(struct context *, const struct notice_member *, bool,
    struct fault *) MUST_CHECK;

/**
 * notice_password_reset(ctx, member, url, decoy, f):
 * Mail a member the link that resets the password.  A ${decoy} costs the same
 * and goes nowhere.
 */
bool notice_password_reset(struct context *, const struct notice_member *,
    const char *, bool, struct fault *) MUST_CHECK;

/**
 * notice_password_changed(ctx, member, f):
 * Tell a member that the password is another now.
 */
bool notice_password_changed(
    struct context *, const struct notice_member *, struct fault *) MUST_CHECK;

/**
 * notice_log_heads(ctx, f):
 * Mail the heads of the operation log that nobody was mailed yet to the
 * tenant's system administrators, where the database's owner cannot take them
 * back; as an alarm, if courier found something wrong.  Two at once mail once.
 */
bool notice_log_heads(struct context *, struct fault *) MUST_CHECK;

/**
 * notice_channel_test(ctx, channel_id, id, f):
 * Send a test message to one channel; ${id} gets the delivery's id.
 */
bool notice_channel_test(
    struct context *, const char *, uuid_text, struct fault *) MUST_CHECK;

#endif /* !GENKAN_NOTICE_H */
