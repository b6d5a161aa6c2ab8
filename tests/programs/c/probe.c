/* A C program as anybody writes it: what the standard library does here. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int files(const char *dir) {
    char a[256], b[256], d[256];
    snprintf(d, sizeof d, "%s/d", dir);
    snprintf(a, sizeof a, "%s/d/a", dir);
    snprintf(b, sizeof b, "%s/d/b", dir);
    if (mkdir(d, 0755)) return perror("mkdir"), 1;
    FILE *f = fopen(a, "w");
    if (!f) return perror("fopen"), 1;
    fputs("hello world", f);
    fclose(f);
    if (rename(a, b)) return perror("rename"), 1;
    char text[64] = {0};
    f = fopen(b, "r");
    fread(text, 1, sizeof text - 1, f);
    fclose(f);
    printf("content %s\n", text);
    struct stat st;
    stat(b, &st);
    printf("size %lld\n", (long long)st.st_size);
    printf("missing %s\n", fopen(a, "r") ? "?" : strerror(errno));
    DIR *list = opendir(d);
    for (struct dirent *e; (e = readdir(list));)
        if (e->d_name[0] != '.') printf("names %s\n", e->d_name);
    closedir(list);
    printf("not empty %s\n", rmdir(d) ? strerror(errno) : "?");
    unlink(b);
    return rmdir(d) ? (perror("rmdir"), 1) : 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (!strcmp(what, "args")) {
        for (int i = 2; i < argc; i++) puts(argv[i]);
    } else if (!strcmp(what, "env")) {
        puts(getenv(argv[2]) ? getenv(argv[2]) : "unset");
    } else if (!strcmp(what, "cwd")) {
        char buf[512];
        puts(getcwd(buf, sizeof buf) ? buf : strerror(errno));
    } else if (!strcmp(what, "exit")) {
        return atoi(argv[2]);
    } else if (!strcmp(what, "abort")) {
        abort();
    } else if (!strcmp(what, "files")) {
        return files(argv[2]);
    } else {
        return 2;
    }
    return 0;
}
