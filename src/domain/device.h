#ifndef GENKAN_DEVICE_H
#define GENKAN_DEVICE_H

#include "base.h"
#include "context.h"

/*
 * A device is a paired reception tablet.
 *
 *	1. An administrator makes a pairing code for one office (10 minutes).
 *	2. A browser sends the code and the public half of a P-256 key that it
 *	   cannot export: a device, pending.
 *	3. The administrator sees its address and browser, and approves.
 *	4. The device signs a challenge and gets the cookie __Host-device,
 *	   TAG "." 52 base32 characters, for 15 minutes; and again before they
 *	   are over.
 *
 * When the successor of a cookie has been used, the old one is dead; whoever
 * shows it after that has copied it, and the device is revoked.
 */

#define DEVICE_COOKIE          "__Host-device"
#define DEVICE_SECRET_CHARS    52 /* base32, 260 bits */
#define DEVICE_TOKEN_SIZE      (6 + 1 + DEVICE_SECRET_CHARS + 1)
#define DEVICE_SESSION_SECONDS (15 * 60)
#define DEVICE_CODE_CHARS      16 /* of a pairing code: tag and 10 random */
#define DEVICE_PAIRING_SECONDS (10 * 60)
#define DEVICE_KEY_BYTES       65 /* uncompressed point */
#define DEVICE_NONCE_BYTES     32
#define DEVICE_SIGNATURE_BYTES 64 /* IEEE P1363: r and s */

/* Opaque types. */
struct fault;

enum device_state {
	DEVICE_PENDING,
	DEVICE_ACTIVE,
	DEVICE_REVOKED,
	DEVICE_STATE__MAX
};

enum device_camera {
	DEVICE_CAMERA_UNKNOWN,
	DEVICE_CAMERA_WORKING,
	DEVICE_CAMERA_LOST,
	DEVICE_CAMERA_DENIED,
	DEVICE_CAMERA__MAX
};

struct device {
	uuid_text id;
	uuid_text office_id;
	char name[401];
	char office[401]; /* the office's name */
	enum device_state state;
	char address[46];
	char browser[1201];
	enum device_camera camera;
	char build[257];
	int64_t seen_at; /* milliseconds; 0: never */
	bool online;     /* heard of within 30 seconds */
};

enum device_session_verdict {
	DEVICE_SESSION_VALID,
	DEVICE_SESSION_NONE,      /* unknown or over: sign a challenge */
	DEVICE_SESSION_REVOKED,   /* the device was revoked */
	DEVICE_SESSION_REUSED,    /* an old cookie: revoked just now */
	DEVICE_SESSION_SUSPENDED, /* the tenant is: refuse every request */
	DEVICE_SESSION_ADDRESS,   /* its rule does not admit the address */
	DEVICE_SESSION_ENDED,     /* the tenant's contract has */
	DEVICE_SESSION_VERDICT__MAX
};

struct device_session {
	uuid_text id;
	uuid_text device_id;
	uuid_text office_id;
	int64_t expires_at; /* milliseconds */
};

/**
 * device_session_find(ctx, token, age_ms, session, verdict, f):
 * Whose is the device cookie ${token} (the whole value, with its tag), shown
 * by a request whose head arrived ${age_ms} milliseconds ago?  (A request that
 * was under way when the successor was first used is no theft.)  ${ctx} is in
 * the scope of the tag's tenant.  Filled only if DEVICE_SESSION_VALID.  With
 * DEVICE_SESSION_REUSED the device has been revoked and logged in this
 * transaction: commit it although the request is refused.
 */
bool device_session_find(struct context *, const char *, int64_t,
    struct device_session *, enum device_session_verdict *,
    struct fault *) MUST_CHECK;

/* A pairing code, shown once. */
struct device_pairing {
	uuid_text id;
	char code[DEVICE_CODE_CHARS + 1];
	int64_t expires_at;
};

/**
 * device_pairing_create(ctx, name, office_id, pairing, found, f):
 * A code for one tablet called ${name}; ${found} says whether there is such an
 * office.
 */
bool device_pairing_create(struct context *, const char *, const char *,
    struct device_pairing *, bool *, struct fault *) MUST_CHECK;

enum device_pair_verdict {
	DEVICE_PAIRED,
	DEVICE_CODE_UNKNOWN, /* or used, or over */
	DEVICE_CODE_BLOCKED, /* too many wrong ones from this address: wait */
	DEVICE_KEY_BAD,      /* not a point of P-256 */
	DEVICE_PAIR_VERDICT__MAX
};

/**
 * device_pair(ctx, code, key, len, browser, device, verdict, wait, f):
 * A browser at the address of ${ctx}'s actor becomes a pending device.  The
 * same code with the same key again gives the same device: the answer may have
 * been lost.  Commit even if refused, so that wrong codes count.
 */
bool device_pair(struct context *, const char *, const uint8_t *, size_t,
    const char *, struct device *, enum device_pair_verdict *, long *,
    struct fault *) MUST_CHECK;

/**
 * device_show(ctx, id, device, found, f), device_list(ctx, devices, n, f):
 * One device, or all of them, the waiting ones first; the caller frees the
 * array.
 */
bool device_show(struct context *, const char *, struct device *, bool *,
    struct fault *) MUST_CHECK;
bool device_list(
    struct context *, struct device **, size_t *, struct fault *) MUST_CHECK;

/**
 * device_approve(ctx, id, done, f), device_revoke(ctx, id, done, f):
 * pending -> active; pending or active -> revoked, its sessions gone.  ${done}
 * is false when there is no such device in such a state.
 */
bool device_approve(
    struct context *, const char *, bool *, struct fault *) MUST_CHECK;
bool device_revoke(
    struct context *, const char *, bool *, struct fault *) MUST_CHECK;

/**
 * device_report(ctx, id, camera, build, f):
 * The device is alive and says so.
 */
bool device_report(struct context *, const char *, enum device_camera,
    const char *, struct fault *) MUST_CHECK;

/* A challenge, to be signed within a minute. */
struct device_challenge {
	uuid_text id;
	uint8_t nonce[DEVICE_NONCE_BYTES];
	int64_t expires_at;
};

/**
 * device_challenge_create(ctx, device_id, challenge, f):
 * A nonce for an active device to sign.
 */
bool device_challenge_create(struct context *, const char *,
    struct device_challenge *, struct fault *) MUST_CHECK;

/**
 * device_session_create(ctx, device_id, challenge_id, signature, len, token,
 *	session, accepted, f):
 * Does ${signature} (ECDSA P-256 with SHA-256 over the nonce, P1363) answer the
 * challenge?  Then ${token} is a new cookie.  A challenge is good once: commit
 * even if refused.
 */
bool device_session_create(struct context *, const char *, const char *,
    const uint8_t *, size_t, char[DEVICE_TOKEN_SIZE], struct device_session *,
    bool *, struct fault *) MUST_CHECK;

/**
 * device_state_name(state), device_camera_name(camera):
 * Their names in the database and the API.
 */
const char *device_state_name(enum device_state);
const char *device_camera_name(enum device_camera);

#endif /* !GENKAN_DEVICE_H */
