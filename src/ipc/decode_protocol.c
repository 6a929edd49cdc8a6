#include <string.h>

#include "text.h"
#include "decode_protocol.h"

static void put32(uint8_t *, uint32_t);
static uint32_t get32(const uint8_t *);

static const char request_magic[4] = { 'G', 'K', 'D', '1' };
static const char answer_magic[4] = { 'G', 'K', 'A', '1' };

void
decode_request_write(
    const struct decode_request *r, uint8_t out[DECODE_REQUEST_BYTES])
{
	memcpy(out, request_magic, sizeof(request_magic));
	put32(out + 4, (uint32_t)r->kind);
	put32(out + 8, r->number);
	put32(out + 12, r->len);
}

bool
decode_request_read(
    const uint8_t in[DECODE_REQUEST_BYTES], struct decode_request *r)
{
	const uint32_t kind = get32(in + 4);

	if (memcmp(in, request_magic, sizeof(request_magic)) != 0)
		return (false);
	r->number = get32(in + 8);
	r->len = get32(in + 12);
	switch (kind) {
	case DECODE_REQUEST_FRAME:
		r->kind = DECODE_REQUEST_FRAME;
		return (r->len >= 1 && r->len <= DECODE_FRAME_MAX);
	case DECODE_REQUEST_READY:
		r->kind = DECODE_REQUEST_READY;
		return (r->len == 0);
	default:
		return (false);
	}
}

void
decode_answer_write(
    const struct decode_answer *a, uint8_t out[DECODE_ANSWER_BYTES])
{
	memset(out, 0, DECODE_ANSWER_BYTES);
	memcpy(out, answer_magic, sizeof(answer_magic));
	put32(out + 4, (uint32_t)a->kind);
	if (a->kind == DECODE_ANSWER_PASS)
		memcpy(out + 8, a->pass, DECODE_PASS_CHARS);
}

bool
decode_answer_read(
    const uint8_t in[DECODE_ANSWER_BYTES], struct decode_answer *a)
{
	static const uint8_t none[DECODE_PASS_CHARS];
	const uint32_t kind = get32(in + 4);

	memset(a, 0, sizeof(*a));
	if (memcmp(in, answer_magic, sizeof(answer_magic)) != 0 ||
	    kind >= DECODE_ANSWER__MAX)
		return (false);
	a->kind = (enum decode_answer_kind)kind;
	if (a->kind != DECODE_ANSWER_PASS)
		return (memcmp(in + 8, none, sizeof(none)) == 0);
	memcpy(a->pass, in + 8, DECODE_PASS_CHARS);

	return (text_is_pass(a->pass));
}

static void
put32(uint8_t *out, uint32_t v)
{
	out[0] = (uint8_t)(v >> 24);
	out[1] = (uint8_t)(v >> 16);
	out[2] = (uint8_t)(v >> 8);
	out[3] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *in)
{
	return ((uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 |
	    (uint32_t)in[2] << 8 | (uint32_t)in[3]);
}
