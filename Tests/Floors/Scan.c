// The floor of scanning: getdents64 and statx relative to open folders, folders shared between
// threads through one stack.

#define _GNU_SOURCE
#include "Floors.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

struct stack {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    char **folders;
    size_t count, capacity;
    int busy;
    atomic_ullong files;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void push(struct stack *stack, const char *parent, const char *name) {
    size_t head = strlen(parent), tail = strlen(name);
    char *path = malloc(head + tail + 2);
    memcpy(path, parent, head);
    path[head] = '/';
    memcpy(path + head + 1, name, tail + 1);
    pthread_mutex_lock(&stack->lock);
    if (stack->count == stack->capacity) {
        stack->capacity = stack->capacity ? stack->capacity * 2 : 1024;
        stack->folders = realloc(stack->folders, stack->capacity * sizeof *stack->folders);
    }
    stack->folders[stack->count++] = path;
    pthread_cond_signal(&stack->changed);
    pthread_mutex_unlock(&stack->lock);
}

static char *pop(struct stack *stack) {
    pthread_mutex_lock(&stack->lock);
    while (!stack->count && stack->busy) pthread_cond_wait(&stack->changed, &stack->lock);
    char *path = stack->count ? stack->folders[--stack->count] : 0;
    if (path) stack->busy++;
    pthread_mutex_unlock(&stack->lock);
    return path;
}

static void rest(struct stack *stack) {
    pthread_mutex_lock(&stack->lock);
    if (!--stack->busy) pthread_cond_broadcast(&stack->changed);
    pthread_mutex_unlock(&stack->lock);
}

static uint64_t look(struct stack *stack, const char *path) {
    char buffer[32768];
    uint64_t files = 0;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (folder < 0) return 0;
    long got;
    while ((got = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0) {
        for (long at = 0; at < got;) {
            const struct entry *entry = (const void *)(buffer + at);
            at += entry->length;
            const char *name = entry->name;
            if (name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]))) continue;
            if (entry->type == DT_DIR) {
                if (strcmp(name, ".git")) push(stack, path, name);
                continue;
            }
            struct statx status;
            if (!statx(
                    folder, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC,
                    STATX_BASIC_STATS, &status))
                files++;
        }
    }
    close(folder);
    return files;
}

static void *work(void *argument) {
    struct stack *stack = argument;
    char *path;
    while ((path = pop(stack))) {
        atomic_fetch_add(&stack->files, look(stack, path));
        free(path);
        rest(stack);
    }
    return 0;
}

double floor_scan(const char *root, int threads, uint64_t *files) {
    struct stack stack = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    pthread_t others[16];
    int more = threads > 16 ? 15 : threads - 1;
    double start = now();
    push(&stack, root, ".");
    for (int i = 0; i < more; i++)
        if (pthread_create(others + i, 0, work, &stack)) more = i;
    work(&stack);
    for (int i = 0; i < more; i++) pthread_join(others[i], 0);
    double took = now() - start;
    free(stack.folders);
    *files = stack.files;
    return took;
}
