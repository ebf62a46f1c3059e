/* How registries' own clients are set up on this machine: what their readers share. */
#ifndef MIRROR_CLIENT_SETUP_H
#define MIRROR_CLIENT_SETUP_H

/* The home folder, as shells see it; else as the user list has it; never NULL. */
const char *client_home(void);

/*
 * The first line that a command prints, without its end; the caller frees. NULL: there is no such
 * command, it fails, or it prints nothing.
 */
char *client_first_line(char *const argv[]);

#endif
