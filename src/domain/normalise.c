#include <idn2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "secret.h"
#include "text.h"

#include "normalise.h"

/* RFC 5321 4.5.3.1 */
#define LOCAL_MAX  64
#define EMAIL_MAX  (NORMALISE_EMAIL_SIZE - 1)
#define LABEL_MAX  63
#define PHONE_MIN  7 /* digits after the "+" */
#define PHONE_MAX  15
#define VARIANTS   256
#define CHAR_BYTES 4

/*
 * Old and variant kanji of names, after what they count as.  NFKC knows the
 * compatibility forms only.  Changing this changes the hashes of names: those
 * stored must be made again then.
 */
static const char *const kanji[] = {
	"高髙",
	"崎﨑嵜碕",
	"辺邊邉",
	"斎齋齊斉",
	"浜濱濵",
	"沢澤",
	"島嶋嶌",
	"吉𠮷",
	"富冨",
	"峰峯",
	"桑桒",
	"柳栁",
	"館舘",
	"徳德",
	"恵惠",
	"広廣",
	"国國",
	"真眞",
	"円圓",
	"学學",
	"桜櫻",
	"瀬瀨",
	"渕淵",
	"槙槇",
	"曽曾",
	"竜龍",
	"滝瀧",
	"穂穗",
	"巌巖",
	"礼禮",
	"弥彌",
	"与與",
	"万萬",
	"蔵藏",
	"関關",
	"条條",
	"寛寬",
	"栄榮",
	"静靜",
	"寿壽",
	"実實",
	"豊豐",
	"会會",
	"凛凜",
	"晃晄",
	"村邨",
	"野埜",
	"亀龜",
	"浅淺",
	"仏佛",
	"黒黑",
	"増增",
	"郷鄕",
	"緒緖",
	"鉄鐵",
	"塩鹽",
	"芦蘆",
	"桧檜",
	"薮藪",
	"団團",
	"遥遙",
	"尭堯",
	"渓溪",
	"満滿",
	"経經",
	"絵繪",
	"総總",
	"覚覺",
	"誉譽",
	"鴎鷗",
	"来來",
	"気氣",
	"楽樂",
	"様樣",
	"横橫",
	"歩步",
	"児兒",
	"宝寶",
	"将將",
	"応應",
	"戸戶",
	"教敎",
	"為爲",
	"闘鬪",
	"薫薰",
	"勲勳",
	"暁曉",
	"奥奧",
	"頼賴",
	"剣劍",
	"厳嚴",
	"鶏鷄",
	"翠翆",
	"県縣",
	"薬藥",
	"台臺",
	"当當",
	"医醫",
	"鋳鑄",
	"銭錢",
	"桟棧",
	"浄淨",
	"清淸",
	"精靖",
};

/* The same as pairs, by the variant. */
static struct variant {
	utf8proc_int32_t is;
	utf8proc_int32_t counts_as;
} variants[VARIANTS];
static size_t nvariants;
static pthread_once_t variants_once = PTHREAD_ONCE_INIT;

static void variants_fill(void);
static int variant_compare(const void *, const void *);
static utf8proc_int32_t fold(utf8proc_int32_t);
static bool is_dropped(utf8proc_int32_t);
static char *map(const char *, utf8proc_option_t);
static size_t narrow(const char *, char *, size_t);
static bool is_local_part(const char *, size_t);
static bool is_domain(const char *);
static bool phone_digits(const char *, char *, size_t, bool *);

bool
normalise_email(const char *s, char out[NORMALISE_EMAIL_SIZE])
{
	char text[2 * NORMALISE_EMAIL_SIZE];
	char *at, *domain = NULL;
	size_t len, i;
	bool ok = false;

	if ((len = narrow(s, text, sizeof(text))) == 0 ||
	    (at = strrchr(text, '@')) == NULL ||
	    !is_local_part(text, (size_t)(at - text)))
		return (false);

	/* Non-transitional: "faß.de" is not "fass.de" (UTS 46). */
	*at = '\0';
	if (idn2_to_ascii_8z(at + 1, &domain,
		IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) == IDN2_OK &&
	    is_domain(domain) &&
	    strlen(text) + 1 + strlen(domain) <= EMAIL_MAX) {
		len = strlen(text);
		memcpy(out, text, len);
		out[len] = '@';
		memcpy(out + len + 1, domain, strlen(domain) + 1);
		for (i = 0; out[i] != '\0'; i++) {
			if (out[i] >= 'A' && out[i] <= 'Z')
				out[i] = (char)(out[i] - 'A' + 'a');
		}
		ok = true;
	}
	idn2_free(domain);
	return (ok);
}

bool
normalise_phone(const char *s, char out[NORMALISE_PHONE_SIZE])
{
	char digits[40];
	const char *number = digits, *country = "";
	bool international;
	size_t len;

	if (!phone_digits(s, digits, sizeof(digits), &international))
		return (false);
	if (!international && strncmp(digits, "010", 3) == 0 &&
	    strlen(digits) > 11) {
		number += 3; /* how one dials abroad from Japan */
		international = true;
	}
	if (international && strncmp(number, "810", 3) == 0) {
		number += 3; /* +81 (0)3-... */
		country = "81";
	} else if (!international) {
		/* Trunk prefix 0, then 9 or 10 digits. */
		len = strlen(number);
		if (number[0] != '0' || len < 10 || len > 11)
			return (false);
		number++;
		country = "81";
	}
	len = strlen(country) + strlen(number);
	if (len < PHONE_MIN || len > PHONE_MAX || number[0] == '0')
		return (false);
	out[0] = '+';
	memcpy(out + 1, country, strlen(country));
	memcpy(out + 1 + strlen(country), number, strlen(number) + 1);
	return (true);
}

char *
normalise_name(const char *s)
{
	char *text;
	utf8proc_uint8_t *in, *to;
	utf8proc_int32_t c;
	utf8proc_ssize_t n, left;

	(void)pthread_once(&variants_once, variants_fill);
	if ((text = map(s,
		 UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD |
		     UTF8PROC_IGNORE | UTF8PROC_STABLE)) == NULL)
		return (NULL);

	/* What a character becomes is never longer than it was, but for the
	 * kanji outside the BMP, which become shorter. */
	in = to = (utf8proc_uint8_t *)text;
	left = (utf8proc_ssize_t)strlen(text);
	while (left > 0 && (n = utf8proc_iterate(in, left, &c)) > 0) {
		in += n;
		left -= n;
		if (!is_dropped(c))
			to += utf8proc_encode_char(fold(c), to);
	}
	*to = '\0';
	return (text);
}

char *
normalise_password(const char *s)
{
	return (map(s, UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_STABLE));
}

static void
variants_fill(void)
{
	const utf8proc_uint8_t *p;
	utf8proc_int32_t first, c;
	size_t i;

	for (i = 0; i < NELEMS(kanji); i++) {
		p = (const utf8proc_uint8_t *)kanji[i];
		p += utf8proc_iterate(p, -1, &first);
		while (*p != '\0' && nvariants < VARIANTS) {
			p += utf8proc_iterate(p, -1, &c);
			variants[nvariants++] = (struct variant){ c, first };
		}
	}
	qsort(variants, nvariants, sizeof(variants[0]), variant_compare);
}

static int
variant_compare(const void *a, const void *b)
{
	const struct variant *x = a, *y = b;

	return ((x->is > y->is) - (x->is < y->is));
}

/* Hiragana to katakana, variants to what they count as. */
static utf8proc_int32_t
fold(utf8proc_int32_t c)
{
	const struct variant wanted = { c, 0 }, *found;

	if ((c >= 0x3041 && c <= 0x3096) || c == 0x309d || c == 0x309e)
		return (c + 0x60);
	if (c < 0x3400)
		return (c);
	found = bsearch(
	    &wanted, variants, nvariants, sizeof(variants[0]), variant_compare);
	return (found != NULL ? found->counts_as : c);
}

/* White space and the middle dots between parts of a name. */
static bool
is_dropped(utf8proc_int32_t c)
{
	const utf8proc_category_t category = utf8proc_category(c);

	return (category == UTF8PROC_CATEGORY_ZS || c == '\t' || c == '\n' ||
	    c == '\r' || c == 0x30fb || c == 0xb7 || c == 0x2022);
}

static char *
map(const char *s, utf8proc_option_t options)
{
	utf8proc_uint8_t *out = NULL;

	if (!text_is_utf8(s, strlen(s)) ||
	    utf8proc_map((const utf8proc_uint8_t *)s, 0, &out,
		options | UTF8PROC_NULLTERM) < 0)
		return (NULL);
	return ((char *)out);
}

/* Full-width ASCII (U+FF01 .. U+FF5E) to ASCII; 0 if it does not fit. */
static size_t
narrow(const char *s, char *out, size_t size)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s;
	utf8proc_int32_t c;
	utf8proc_ssize_t n;
	size_t len = 0;

	while (*p != '\0') {
		if ((n = utf8proc_iterate(p, -1, &c)) <= 0)
			return (0);
		p += n;
		if (c >= 0xff01 && c <= 0xff5e)
			c -= 0xff01 - '!';
		if (len + CHAR_BYTES >= size)
			return (0);
		len += (size_t)utf8proc_encode_char(
		    c, (utf8proc_uint8_t *)out + len);
	}
	out[len] = '\0';
	return (len);
}

/* dot-atom-text, RFC 5322 3.2.3 */
static bool
is_local_part(const char *s, size_t len)
{
	static const char atext[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789!#$%&'*+-/=?^_`{|}~";
	size_t i;

	if (len == 0 || len > LOCAL_MAX || s[0] == '.' || s[len - 1] == '.')
		return (false);
	for (i = 0; i < len; i++) {
		if (s[i] == '.' ? s[i + 1] == '.'
				: s[i] == '\0' || strchr(atext, s[i]) == NULL)
			return (false);
	}
	return (true);
}

/* Two labels or more of letters, digits and hyphens; the last is no number. */
static bool
is_domain(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-";
	size_t labels = 0, len;

	for (;; s += len + 1) {
		len = strcspn(s, ".");
		if (len == 0 || len > LABEL_MAX || strspn(s, letters) < len ||
		    s[0] == '-' || s[len - 1] == '-')
			return (false);
		labels++;
		if (s[len] == '\0')
			break;
	}
	return (labels >= 2 && strspn(s, "0123456789") < len);
}

/* The digits of ${s} without what people put between them. */
static bool
phone_digits(const char *s, char *out, size_t size, bool *international)
{
	static const char between[] = " -().\t";
	utf8proc_int32_t c;
	const utf8proc_uint8_t *p;
	utf8proc_ssize_t n;
	size_t len = 0;
	char *text;
	bool ok = true;

	*international = false;
	if ((text = normalise_password(s)) == NULL)
		return (false);
	for (p = (const utf8proc_uint8_t *)text; ok && *p != '\0'; p += n) {
		if ((n = utf8proc_iterate(p, -1, &c)) <= 0) {
			ok = false;
			break;
		}
		if (c == '+' && len == 0 && !*international)
			*international = true;
		else if (c >= '0' && c <= '9' && len + 1 < size)
			out[len++] = (char)c;
		else if (!(c < 0x80 && strchr(between, (int)c) != NULL) &&
		    !(c >= 0x2010 && c <= 0x2015) && c != 0x2212 && c != 0x30fc)
			ok = false;
	}
	out[len] = '\0';
	secret_wipe(text, strlen(text));
	free(text);
	return (ok && len > 0);
}
