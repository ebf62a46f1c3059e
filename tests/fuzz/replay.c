/*
 * Runs a fuzz target over kept inputs without a fuzzer, so that `make check` covers them with any
 * compiler: fuzz_x FOLDER... Linked in place of libFuzzer's main.
 */
#include <dirent.h>
#include <stdint.h>

#include "bundle/err.h"
#include "bundle/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay_file(const char *path)
{
        FILE *file = fopen(path, "rb");
        long size;

        if (!file || fseek(file, 0, SEEK_END) < 0 || (size = ftell(file)) < 0) {
                perror(path);
                exit(1);
        }
        rewind(file);
        /* Exactly as large as the input, so that a sanitizer sees the first byte beyond it. */
        uint8_t *data = xmalloc((size_t)size);
        size_t len = fread(data, 1, (size_t)size, file);
        fclose(file);
        LLVMFuzzerTestOneInput(data, len);
        free(data);
}

static unsigned replay_folder(const char *path)
{
        DIR *dir = opendir(path);
        struct dirent *entry;
        unsigned count = 0;

        if (!dir) {
                perror(path);
                exit(1);
        }
        while ((entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                char *file = xasprintf("%s/%s", path, entry->d_name);
                fprintf(stderr, "# %s\n", file); /* the last one shown is the one that crashed */
                replay_file(file);
                free(file);
                count++;
        }
        closedir(dir);
        return count;
}

int main(int argc, char **argv)
{
        unsigned count = 0;

        for (int i = 1; i < argc; i++)
                count += replay_folder(argv[i]);
        printf("1..1\nok 1 - %u inputs\n", count);
        return 0;
}
