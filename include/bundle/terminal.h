/*
 * Asks a question on the controlling terminal, without showing the answer.
 */
#ifndef BUNDLE_TERMINAL_H
#define BUNDLE_TERMINAL_H

#include <stddef.h>

#include "bundle/err.h"

/*
 * Shows the prompt on /dev/tty and reads one line of up to `max` bytes into answer[max + 1], with
 * echo off. Echo is back on whatever happens, and a signal that ends programs does so after that.
 * ERR_USAGE when there is no terminal or the answer is longer; ERR_FAILED when it ends or is
 * interrupted.
 */
int terminal_ask(const char *prompt, char *answer, size_t max, struct err *e);

#endif
