#ifndef GENKAN_SCAN_H
#define GENKAN_SCAN_H

#include "base.h"

/*
 * genkan-decode scan [--time] [--pass] FILE...
 *
 * Look for QR codes in picture files, in the same sandbox and by the same
 * passes as the daemon.  For each file one row per distinct text,
 *
 *	FILE<TAB>TEXT
 *
 * with \t \n \r \\ escaped, and one row with an empty TEXT where nothing is
 * read.  --time adds a column: milliseconds of the decoder's CPU for the
 * file, reading the picture excluded, the same in each of its rows.  Without
 * --pass any text counts and every pass is tried; with it only texts of the
 * grammar of a pass, within a live frame's budget, the files being frames 0,
 * 1, 2, ...
 */

/**
 * scan_main(argc, argv):
 * argv[0] is "scan".  Return 0 when every file could be opened and looked at
 * (whether or not it held a code), 1 when one could not, 64 for wrong usage.
 */
int scan_main(int, char **);

/**
 * scan_print_row(path, text, len, cpu_us):
 * Print a row as above, of microseconds; without that column if ${cpu_us} is
 * negative.
 */
void scan_print_row(const char *, const uint8_t *, size_t, int64_t);

#endif /* !GENKAN_SCAN_H */
