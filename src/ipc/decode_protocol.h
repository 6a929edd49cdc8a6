#ifndef GENKAN_DECODE_PROTOCOL_H
#define GENKAN_DECODE_PROTOCOL_H

#include "base.h"
#include "decode_client.h"

/*
 * What goes over the socket of genkan-decode, a stream: requests, each with
 * its answer before the next.  Integers are big-endian.
 *
 *	request	"GKD1" | kind u32 | number u32 | length u32 | length bytes
 *	answer	"GKA1" | answer u32 | pass 26, NULs otherwise
 *
 * The same bytes go between the daemon and its decoders.
 */

#define DECODE_REQUEST_BYTES 16
#define DECODE_ANSWER_BYTES  (8 + DECODE_PASS_CHARS)

enum decode_request_kind {
	DECODE_REQUEST_FRAME = 1, /* length bytes of JPEG follow */
	DECODE_REQUEST_READY,     /* nothing follows */
};

struct decode_request {
	enum decode_request_kind kind;
	uint32_t number; /* of the frame, by its tablet */
	uint32_t len;    /* 1..DECODE_FRAME_MAX for a frame, else 0 */
};

/* What the daemon answers; the first four are the verdicts of a frame. */
enum decode_answer_kind {
	DECODE_ANSWER_NOTHING = DECODE_NOTHING,
	DECODE_ANSWER_PASS = DECODE_PASS,
	DECODE_ANSWER_SEVERAL = DECODE_SEVERAL,
	DECODE_ANSWER_UNREADABLE = DECODE_UNREADABLE,
	DECODE_ANSWER_READY,
	DECODE_ANSWER_LOST, /* the decoder died or hung on this frame */
	DECODE_ANSWER_FULL, /* no decoder came free in time */
	DECODE_ANSWER__MAX
};

struct decode_answer {
	enum decode_answer_kind kind;
	char pass[DECODE_PASS_CHARS + 1]; /* "" unless DECODE_ANSWER_PASS */
};

/**
 * decode_request_write(r, out), decode_request_read(in, r):
 * To and from the wire.  Reading refuses other magic, kinds and lengths.
 */
void decode_request_write(
    const struct decode_request *, uint8_t[DECODE_REQUEST_BYTES]);
bool decode_request_read(
    const uint8_t[DECODE_REQUEST_BYTES], struct decode_request *) MUST_CHECK;

/**
 * decode_answer_write(a, out), decode_answer_read(in, a):
 * To and from the wire.  Reading refuses other magic and kinds, and any pass
 * that is not of the grammar of a pass, or is there without being announced.
 */
void decode_answer_write(
    const struct decode_answer *, uint8_t[DECODE_ANSWER_BYTES]);
bool decode_answer_read(
    const uint8_t[DECODE_ANSWER_BYTES], struct decode_answer *) MUST_CHECK;

#endif /* !GENKAN_DECODE_PROTOCOL_H */
