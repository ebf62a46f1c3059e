#include "bundle/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT};
#define SIGNALS (sizeof signals / sizeof *signals)

static volatile sig_atomic_t caught;

static void catch (int signal)
{
        caught = signal;
}

/* No SA_RESTART: a signal has to end the read. */
static void watch_signals(struct sigaction before[SIGNALS])
{
        struct sigaction action = {.sa_handler = catch};

        caught = 0;
        for (size_t i = 0; i < SIGNALS; i++)
                sigaction(signals[i], &action, &before[i]);
}

static void restore_signals(const struct sigaction before[SIGNALS])
{
        for (size_t i = 0; i < SIGNALS; i++)
                sigaction(signals[i], &before[i], NULL);
        if (caught)
                raise(caught); /* what it would have done, now that the terminal is itself again */
}

static int hide(int fd, struct termios *before)
{
        struct termios quiet;

        if (tcgetattr(fd, before) < 0)
                return -1;
        quiet = *before;
        quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
        quiet.c_lflag |= ICANON | ISIG;
        quiet.c_iflag |= ICRNL;
        quiet.c_cc[VSUSP] = _POSIX_VDISABLE; /* suspended, it would leave the shell without echo */
        return tcsetattr(fd, TCSAFLUSH, &quiet);
}

/* The rest of an over-long line is read too, or the shell would run it. */
static int read_answer(int fd, char *answer, size_t max, struct err *e)
{
        size_t len = 0;
        char c = 0;

        while (!caught) {
                ssize_t n = read(fd, &c, 1);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return err_sys(e, "cannot read from the terminal");
                if (n == 0)
                        return err_set(e, ERR_FAILED, "no answer was given on the terminal");
                if (c == '\n')
                        break;
                if (len < max)
                        answer[len] = c;
                len++;
        }
        c = 0;
        if (caught)
                return err_set(e, ERR_FAILED, "interrupted");
        if (len > max)
                return err_set(e, ERR_USAGE, "the answer is longer than %zu bytes", max);
        answer[len] = '\0';
        return 0;
}

static int say(int fd, const char *text, struct err *e)
{
        if (write(fd, text, strlen(text)) < 0)
                return err_sys(e, "cannot write to the terminal");
        return 0;
}

int terminal_ask(const char *prompt, char *answer, size_t max, struct err *e)
{
        int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
        struct sigaction actions[SIGNALS];
        struct termios before;
        struct err ignored = ERR_INIT;
        int ret = -1;

        if (fd < 0)
                return err_set(e, ERR_USAGE, "there is no terminal to ask on");
        watch_signals(actions);
        if (hide(fd, &before) < 0) {
                err_sys(e, "cannot turn off the terminal's echo");
                goto out;
        }
        if (say(fd, prompt, e) == 0)
                ret = read_answer(fd, answer, max, e);
        tcsetattr(fd, TCSAFLUSH, &before);
        say(fd, "\n", &ignored); /* the person's own line end was not shown */
out:
        close(fd);
        restore_signals(actions);
        return ret;
}
