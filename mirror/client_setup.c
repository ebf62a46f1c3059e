#include "mirror/client_setup.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bundle/err.h"
#include "bundle/limit.h"
#include "bundle/mem.h"

const char *client_home(void)
{
        const char *dir = getenv("HOME");
        const struct passwd *pw;

        if (dir && *dir)
                return dir;
        pw = getpwuid(getuid());
        return pw ? pw->pw_dir : "/";
}

char *client_first_line(char *const argv[])
{
        char line[LIMIT_URL];
        int pipe_fds[2], status;
        size_t len = 0;
        ssize_t n;
        pid_t pid;

        if (pipe2(pipe_fds, O_CLOEXEC) < 0)
                return NULL;
        pid = fork();
        if (pid == 0) {
                int null = open("/dev/null", O_RDWR);

                dup2(null, 0);
                dup2(pipe_fds[1], 1);
                dup2(null, 2);
                execvp(argv[0], argv);
                _exit(127);
        }
        close(pipe_fds[1]);
        while (pid > 0 && len < sizeof line - 1 &&
               (n = read(pipe_fds[0], line + len, sizeof line - 1 - len)) > 0)
                len += (size_t)n;
        close(pipe_fds[0]);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
            WEXITSTATUS(status) != 0)
                return NULL;
        line[len] = '\0';
        line[strcspn(line, "\r\n")] = '\0';
        return *line ? xstrdup(line) : NULL;
}
