#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int aura_pidfd_open(int pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int aura_pidfd_send_signal(int pidfd, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int aura_status_at(int folder, const char *name, struct aura_file_status *status) {
    struct statx s;
    unsigned int wanted = STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_SIZE |
                          STATX_MTIME | STATX_CTIME;
    if (statx(folder, name, AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, wanted, &s) != 0) return -1;
    status->device = ((uint64_t)s.stx_dev_major << 32) | s.stx_dev_minor;
    status->inode = s.stx_ino;
    status->size = s.stx_size;
    status->modified_ns = (int64_t)s.stx_mtime.tv_sec * 1000000000 + s.stx_mtime.tv_nsec;
    status->changed_ns = (int64_t)s.stx_ctime.tv_sec * 1000000000 + s.stx_ctime.tv_nsec;
    status->mode = s.stx_mode;
    status->links = s.stx_nlink;
    return 0;
}

void aura_fill_standard_descriptors(void) {
    for (int descriptor = 0; descriptor < 3; descriptor++) {
        if (fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
        /* The lowest free number is this one: those below are open by now. */
        if (open("/dev/null", O_RDWR) < 0) return;
    }
}

int aura_output_has_reader(void) {
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return !(poll(&output, 1, 0) == 1 && (output.revents & POLLERR));
}

int aura_output_is_lost(void) {
    int failed = fflush(stdout) != 0;
    return (failed || ferror(stdout)) && aura_output_has_reader();
}

long aura_read_folder(int folder, void *buffer, unsigned long size) {
    return syscall(SYS_getdents64, folder, buffer, size);
}

int aura_inode_flags(int descriptor, int *flags) { return ioctl(descriptor, FS_IOC_GETFLAGS, flags); }

int aura_flags_forbid_change(int flags) { return (flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) != 0; }

_Noreturn void aura_exit_now(int status) { _exit(status); }

int aura_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int aura_unix_socket(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

int aura_limit_connecting(int socket, long milliseconds) {
    // A connect to a Unix socket whose backlog is full waits as long as a send may.
    struct timeval limit = {milliseconds / 1000, milliseconds % 1000 * 1000};
    return setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int aura_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC); }

long aura_send(int socket, const void *bytes, unsigned long count) {
    return send(socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
}

long aura_receive(int socket, void *buffer, unsigned long size) {
    return recv(socket, buffer, size, MSG_DONTWAIT);
}

long aura_peer_user(int socket) {
    struct ucred credentials;
    socklen_t length = sizeof credentials;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
    return (long)credentials.uid;
}

int aura_open_folder_handle(const char *path) {
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int aura_spawn_detached(const char *executable, char *const arguments[], char *const environment[],
                        const char *log, int pipe, int *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int code;
    if ((code = posix_spawn_file_actions_init(&actions)) != 0) return code;
    if ((code = posix_spawnattr_init(&attributes)) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&actions, 1, 2);
    /* A dup onto itself keeps close-on-exec, so the pipe takes a detour over 200. */
    posix_spawn_file_actions_adddup2(&actions, pipe, 200);
    posix_spawn_file_actions_adddup2(&actions, 200, 3);
    posix_spawn_file_actions_addclosefrom_np(&actions, 4);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    code = posix_spawn(pid, executable, &actions, &attributes, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return code;
}

int aura_rename_without_replacing(const char *source, const char *target) {
    return (int)syscall(SYS_renameat2, AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE);
}

int aura_adopt_orphans(int yes) { return prctl(PR_SET_CHILD_SUBREAPER, yes, 0, 0, 0); }

int aura_spawn_in_folder(void *actions, const char *folder) {
    return posix_spawn_file_actions_addchdir_np(actions, folder);
}

int aura_spawn_closing_from(void *actions, int descriptor) {
    return posix_spawn_file_actions_addclosefrom_np(actions, descriptor);
}

void aura_keep_freed_memory(void) {
    /* What is taken in one piece stays below the first. 8 MiB kept free halve the page faults of a
       bundle, and more gains nothing. */
    mallopt(M_MMAP_THRESHOLD, 1 << 22);
    mallopt(M_TRIM_THRESHOLD, 1 << 23);
    /* In a heap of each thread lies what no other can use. */
    mallopt(M_ARENA_MAX, 1);
}
