/*
 * Functions that this project does not use, because each has a safe twin.
 * Including this header (every .c file does, through err.h) turns a use into
 * a compile error.
 */
#ifndef BUNDLE_BANNED_H
#define BUNDLE_BANNED_H

#pragma GCC poison strcpy strcat strncat sprintf vsprintf strtok gets
#pragma GCC poison gmtime localtime ctime asctime mktemp tmpnam tempnam atoi atol atoll atof

#endif
