// System calls that Swift cannot import because they are variadic or younger than its headers.
#pragma once

#include <stdint.h>

/// A descriptor that becomes readable when the process ends; -1 and errno on failure.
int aura_pidfd_open(int pid);

/// Sends a signal through a process descriptor, so that a reused pid is never hit.
int aura_pidfd_send_signal(int pidfd, int signal);

/// What a scanner compares: identity and version of a file.
struct aura_file_status {
    uint64_t device;
    uint64_t inode;
    uint64_t size;
    int64_t modified_ns;
    int64_t changed_ns;
    uint32_t mode;
    uint32_t links;
};

/// statx relative to an open folder, no link followed, no sync forced on network file systems.
int aura_status_at(int folder, const char *name, struct aura_file_status *status);

/// One batch of folder entries into `buffer`; bytes filled, 0 at the end, -1 and errno on failure.
/// The layout is the kernel's linux_dirent64.
long aura_read_folder(int folder, void *buffer, unsigned long size);

/// The inode flags of FS_IOC_GETFLAGS (immutable, append-only …); -1 and errno on failure.
int aura_inode_flags(int descriptor, int *flags);

/// True when the flags forbid replacing the file.
int aura_flags_forbid_change(int flags);

/// Leaves the process at once: threads that hang in the kernel are left behind.
_Noreturn void aura_exit_now(int status);

/// Opens /dev/null as each of the descriptors 0 to 2 that is closed, so that no file that is opened
/// later gets the words meant for one of them.
void aura_fill_standard_descriptors(void);

/// True when something printed did not reach standard output; a reader who closed a pipe has what they
/// wanted.
int aura_output_is_lost(void);

/// False when standard output is a pipe or socket whose reader has closed it.
int aura_output_has_reader(void);

/// A pipe whose ends are closed on exec: ends[0] reads, ends[1] writes. 0, or -1 and errno.
int aura_pipe(int ends[2]);

/// A stream socket of the Unix family, closed on exec; -1 and errno on failure.
int aura_unix_socket(void);

/// How long a connect to a Unix socket, and a send, may take; 0, or -1 and errno.
int aura_limit_connecting(int socket, long milliseconds);

/// The next connection of a listening socket, closed on exec; -1 and errno on failure.
int aura_accept(int listener);

/// Writes without raising SIGPIPE and without blocking; bytes sent, or -1 and errno.
long aura_send(int socket, const void *bytes, unsigned long count);

/// Reads without blocking; bytes read, 0 at the end, or -1 and errno.
long aura_receive(int socket, void *buffer, unsigned long size);

/// The user id behind the other end of a connected Unix socket; -1 and errno on failure.
long aura_peer_user(int socket);

/// A descriptor that only names a folder (O_PATH); -1 and errno on failure.
int aura_open_folder_handle(const char *path);

/// Starts a program in a session of its own: input from /dev/null, output appended to `log`,
/// `pipe` as descriptor 3, everything else closed. 0 and the pid, or an error number.
int aura_spawn_detached(const char *executable, char *const arguments[], char *const environment[],
                        const char *log, int pipe, int *pid);

/// rename(2) that fails with EEXIST when the new name is taken; 0, or -1 and errno.
int aura_rename_without_replacing(const char *source, const char *target);

/// Makes this process the parent of orphans among its descendants, or no longer; 0, or -1 and errno.
int aura_adopt_orphans(int yes);

/// Lets a spawn begin in `folder`; `actions` is a posix_spawn_file_actions_t. 0 or an error number.
int aura_spawn_in_folder(void *actions, const char *folder);

/// The child gets no descriptor from this number on, whoever forgot to mark it. 0 or an error number.
int aura_spawn_closing_from(void *actions, int descriptor);

/// From now on freed memory stays with the process instead of going back to the kernel, and threads that
/// have no heap of their own yet get none.
void aura_keep_freed_memory(void);
